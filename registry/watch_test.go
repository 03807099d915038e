package registry_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/internal/pgbouncertest"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// ears hears what a watcher tells.
type ears struct {
	mu  sync.Mutex
	ids map[tenant.ID]int
	all int
}

func (e *ears) Invalidate(id tenant.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ids == nil {
		e.ids = map[tenant.ID]int{}
	}
	e.ids[id]++
}

func (e *ears) InvalidateAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all++
}

func (e *ears) heard(id tenant.ID) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ids[id]
}

func (e *ears) heardAll() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.all
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for start := time.Now(); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > 20*time.Second {
			t.Fatalf("never: %s", what)
		}
	}
}

// watch runs w until the test ends or stop is called, which waits for its end.
func watch(t *testing.T, w registry.Watcher, to registry.Invalidator) (stop func()) {
	t.Helper()
	w.Log = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx, to)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return stop
}

func connectTo(url string) func(context.Context) (*pgx.Conn, error) {
	return func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, url) }
}

func TestACachedTenantIsNewSoonAfterAChangeElsewhere(t *testing.T) {
	url := pgtest.Database(t)
	db := poolOf(t, url, pgx.QueryExecModeCacheStatement)
	s := installed(t, db)
	noLeaks(t)
	c := registry.NewCache(s, registry.CacheOptions{UnknownTTL: time.Hour})
	t.Cleanup(c.Close)
	watch(t, registry.Watcher{Connect: connectTo(url)}, c)
	acme := create(t, s, "acme")
	find(t, c, tenant.BySlug("acme"))
	_, _ = c.Lookup(t.Context(), tenant.BySlug("other"))

	acme.Status = tenant.Suspended
	if err := s.Update(t.Context(), acme, registry.Event{Action: "suspend"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "acme is suspended in the cache", func() bool {
		return find(t, c, tenant.BySlug("acme")).Status == tenant.Suspended
	})
	create(t, s, "other")
	eventually(t, "other is known to the cache", func() bool {
		_, err := c.Lookup(t.Context(), tenant.BySlug("other"))
		return err == nil
	})
	if err := s.SetVersions(t.Context(), map[tenant.ID]int64{acme.ID: 7}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "acme has version 7 in the cache", func() bool {
		return find(t, c, tenant.BySlug("acme")).Version == 7
	})
}

func TestNotificationsComeWithTheCommit(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db := poolOf(t, url, pgx.QueryExecModeCacheStatement)
	s, e := installed(t, db), &ears{}
	watch(t, registry.Watcher{Connect: connectTo(url)}, e)
	eventually(t, "listens", func() bool { return e.heardAll() > 0 })

	tx := begin(t, db)
	lost := create(t, s.WithTx(tx), "lost")
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	tx = begin(t, db)
	kept := create(t, s.WithTx(tx), "kept")
	time.Sleep(50 * time.Millisecond)
	if e.heard(kept.ID) != 0 {
		t.Error("heard of a change before its commit")
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "heard of the commit", func() bool { return e.heard(kept.ID) == 1 })
	if e.heard(lost.ID) != 0 {
		t.Error("heard of a change that was rolled back")
	}
}

func TestALostConnectionIsMadeAgainAndEverythingAsked(t *testing.T) {
	url := pgtest.Database(t)
	db := poolOf(t, url, pgx.QueryExecModeCacheStatement)
	s, e := installed(t, db), &ears{}
	noLeaks(t)
	stop := watch(t, registry.Watcher{Connect: connectTo(url)}, e)
	eventually(t, "listens", func() bool { return e.heardAll() == 1 })
	exec(t, db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()")
	eventually(t, "listens again, after everything was invalidated", func() bool { return e.heardAll() == 2 })
	acme := create(t, s, "acme")
	eventually(t, "hears again", func() bool { return e.heard(acme.ID) == 1 })
	stop()
}

// The direct connection fails, the pool works: changes are asked for meanwhile.
func TestChangesAreAskedForWhileNobodyCanListen(t *testing.T) {
	t.Parallel()
	s, e := store(t, pgx.QueryExecModeCacheStatement), &ears{}
	refused := func(context.Context) (*pgx.Conn, error) { return nil, errDown }
	watch(t, registry.Watcher{Connect: refused, Changes: s, Every: 10 * time.Millisecond}, e)
	eventually(t, "asks", func() bool { return e.heardAll() > 0 })
	acme := create(t, s, "acme")
	eventually(t, "heard", func() bool { return e.heard(acme.ID) == 1 })
}

func TestBehindAPoolerChangesAreAskedFor(t *testing.T) {
	t.Parallel()
	direct := pgtest.Database(t)
	pooled := pgbouncertest.Start(t, direct)
	s, e := installed(t, poolOf(t, pooled, pgx.QueryExecModeExec)), &ears{}
	watch(t, registry.Watcher{Connect: connectTo(pooled), Changes: s, Every: 10 * time.Millisecond}, e)
	eventually(t, "asks", func() bool { return e.heardAll() > 0 })
	acme := create(t, s, "acme")
	eventually(t, "heard", func() bool { return e.heard(acme.ID) == 1 })

	// Once each, however often they are seen.
	before := create(t, s, "before")
	holdBack := begin(t, poolOf(t, direct, pgx.QueryExecModeExec))
	exec(t, holdBack, "SELECT pg_current_xact_id()")
	after := create(t, s, "after")
	eventually(t, "heard", func() bool { return e.heard(before.ID) > 0 && e.heard(after.ID) > 0 })
	time.Sleep(100 * time.Millisecond)
	if e.heard(before.ID) != 1 || e.heard(after.ID) != 1 {
		t.Errorf("heard %d and %d times, want once each", e.heard(before.ID), e.heard(after.ID))
	}
	if err := holdBack.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
}

// A slow writer began before others and commits after them: a number that is taken
// at the write, or a time, would lie behind the poller by then.
func TestASlowWritersChangeIsNotMissed(t *testing.T) {
	t.Parallel()
	db := pool(t, pgx.QueryExecModeCacheStatement)
	s := installed(t, db)
	_, mark, err := s.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	tx := begin(t, db)
	slow := create(t, s.WithTx(tx), "slow")
	fast := create(t, s, "fast")

	changed, mark := changesSince(t, s, mark)
	if changed[slow.ID] || !changed[fast.ID] {
		t.Errorf("before the commit: got %v", changed)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	changed, _ = changesSince(t, s, mark)
	if !changed[slow.ID] {
		t.Errorf("after the commit: got %v", changed)
	}
}

func changesSince(t *testing.T, s *registry.Postgres, mark int64) (map[tenant.ID]bool, int64) {
	t.Helper()
	changes, next, err := s.Changes(t.Context(), mark)
	if err != nil {
		t.Fatal(err)
	}
	changed := map[tenant.ID]bool{}
	for _, c := range changes {
		changed[c.Tenant] = true
	}
	return changed, next
}

func begin(t *testing.T, db *pgxpool.Pool) pgx.Tx {
	t.Helper()
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	return tx
}
