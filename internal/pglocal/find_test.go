package pglocal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
)

func TestFindPrefersWhatItIsTold(t *testing.T) {
	told, fromEnv := fakeBin(t), fakeBin(t)
	t.Setenv(pglocal.EnvBin, fromEnv)
	for want, extra := range map[string][]string{told: {told}, fromEnv: nil} {
		found, err := pglocal.Find(extra...)
		if err != nil {
			t.Fatal(err)
		}
		if found.Bin != want || found.Major() != "15" {
			t.Errorf("found %+v, want %s", found, want)
		}
	}
}

func TestFindPassesOverABrokenInstallation(t *testing.T) {
	t.Parallel()
	broken := t.TempDir()
	for _, name := range []string{"initdb", "postgres"} {
		if err := os.WriteFile(filepath.Join(broken, name), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	found, err := pglocal.Find(broken)
	if err != nil {
		t.Fatal(err)
	}
	if found.Bin == broken {
		t.Error("chose programs that do not run")
	}
}

func TestNotFoundSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	err := error(&pglocal.NotFoundError{Major: "16"})
	if !errors.Is(err, pglocal.ErrNotFound) {
		t.Error("not an ErrNotFound")
	}
	for _, word := range []string{"16", "install", pglocal.EnvBin} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
}
