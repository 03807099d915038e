package silo_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestNoNameLeadsToAnothersLog(t *testing.T) {
	t.Parallel()
	r, one, other := &silo.Processes{Dir: t.TempDir()}, tenant.NewID(), tenant.NewID()
	theirs := filepath.Join(r.Dir, other.String())
	err := errors.Join(os.MkdirAll(filepath.Join(r.Dir, one.String()), 0o700), os.Mkdir(theirs, 0o700),
		os.WriteFile(filepath.Join(theirs, "app.log"), []byte("a secret\n"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.Log(&b, one, "../"+other.String()+"/app.log", 100); err == nil || b.Len() > 0 {
		t.Errorf("read %q, %v", &b, err)
	}
	if err := r.Log(&b, other, "app.log", 100); err != nil || b.String() != "a secret\n" {
		t.Errorf("its own is %q, %v", &b, err)
	}
}
