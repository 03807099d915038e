package pglocal_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
)

// Who looks whether a lock is held sees nobody where only others look, and who waits for
// it gets it when it is free.
func TestLooksAndLocks(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	isHeld := func(want bool) {
		t.Helper()
		if held, err := pglocal.Held(path); held != want || err != nil {
			t.Errorf("held: %t, %v", held, err)
		}
	}
	isHeld(false)
	first, err := pglocal.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	isHeld(true)
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := pglocal.WaitLock(soon, path); !errors.Is(err, pglocal.ErrInUse) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it is held: %v", err)
	}
	time.AfterFunc(20*time.Millisecond, func() { first.Close() })
	second, err := pglocal.WaitLock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	var lookers sync.WaitGroup
	for range 8 {
		lookers.Go(func() {
			for range 200 {
				isHeld(false)
			}
		})
	}
	lookers.Wait()
}
