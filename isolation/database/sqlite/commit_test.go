package sqlite_test

import (
	"context"
	"testing"
	"time"

	sqlitedriver "modernc.org/sqlite"

	"github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
)

// An error of Commit says that nothing is left. A context that ends while SQLite
// commits is no error.
func TestCommitsSayWhetherTheyAre(t *testing.T) {
	t.Parallel()
	h := homes(t, t.TempDir(), sqlite.Options{Conns: 1})
	thor := settled(t, h, "thor")
	s, err := h.Enter(t.Context(), thor, true)
	ok(t, err)
	cancel := func() {}
	s.Conn().(sqlitedriver.HookRegisterer).RegisterCommitHook(func() int32 {
		cancel()
		time.Sleep(20 * time.Millisecond) // for whoever watches the context
		return 0
	})
	ok(t, exec(t.Context(), s, "INSERT INTO notes VALUES ('one')"))
	ctx, stop := context.WithCancel(t.Context())
	cancel = stop
	ok(t, s.Commit(ctx))

	// Rowhouse's own transactions as well: the connection is the same.
	ctx, stop = context.WithCancel(t.Context())
	cancel = stop
	defer stop()
	ok(t, h.Rebuilt(ctx, thor.ID, thor.Placement))

	s, err = h.Enter(t.Context(), thor, true)
	ok(t, err)
	ok(t, exec(t.Context(), s, "INSERT INTO notes VALUES ('two')"))
	is(t, "commit for one who has gone", s.Commit(ctx), context.Canceled)
	if n := notes(t, h, thor); n != 1 {
		t.Errorf("%d notes", n)
	}
}
