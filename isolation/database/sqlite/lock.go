package sqlite

import (
	"context"
	"fmt"
	"hash/fnv"
	"path/filepath"

	"github.com/rowhouse-go/rowhouse/internal/sqlitefile"
)

// buckets bounds the files that locks are made of.
const buckets = 256

// Lock waits until this caller alone has a name of a kind, among all programs, and
// returns what gives it back. Dying gives it back, too. Some names share a lock: who
// takes two must take one of each kind, always in the same order of kinds.
func (h *Homes) Lock(ctx context.Context, kind, name string) (release func(), err error) {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(name)) // it never fails
	file := fmt.Sprintf("%s-%03d", kind, sum.Sum32()%buckets)
	return sqlitefile.Lock(ctx, filepath.Join(h.locksDir(), file), true)
}

// Gate is the lock of the whole fleet: who makes a tenant shares it, who records that
// all have a migration is alone.
func (h *Homes) Gate(ctx context.Context, alone bool) (release func(), err error) {
	return sqlitefile.Lock(ctx, filepath.Join(h.locksDir(), "gate"), alone)
}
