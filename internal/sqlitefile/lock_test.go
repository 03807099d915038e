package sqlitefile_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/sqlitefile"
)

func TestLocks(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	take := func(alone bool, patience time.Duration) (func(), error) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return sqlitefile.Lock(ctx, path, alone)
	}
	one, err := take(false, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	two, err := take(false, time.Minute)
	if err != nil {
		t.Fatalf("two share: %v", err)
	}
	if _, err := take(true, 50*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("alone beside others: %v", err)
	}
	one()
	two()
	alone, err := take(true, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, shared := range []bool{true, false} {
		if _, err := take(!shared, 50*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("beside one who is alone: %v", err)
		}
	}
	alone()
}
