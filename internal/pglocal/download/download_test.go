package download

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
)

// What is there is used, and nothing is downloaded: these tests need no network.
func TestAnEarlierDownloadIsUsed(t *testing.T) {
	t.Parallel()
	real, err := pglocal.Find()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(real.Bin, filepath.Join(dir, "bin")); err != nil {
		t.Fatal(err)
	}
	found, err := installationIn(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if found.Bin != filepath.Join(dir, "bin") || found.Version != real.Version {
		t.Errorf("found %+v", found)
	}
}

func TestAFailedDownloadLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cache := t.TempDir()
	if _, err := installationIn(ctx, filepath.Join(cache, "postgresql")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if exists := complete(filepath.Join(cache, "postgresql", "bin")); exists {
		t.Error("something that looks like an installation is left")
	}
}
