package tenantpgx_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// stale answers with what it knew first until it is asked to refresh.
type stale struct {
	old, now  *tenant.Tenant
	refreshed atomic.Int32
}

func (s *stale) Lookup(context.Context, tenant.Key) (*tenant.Tenant, error) {
	if s.refreshed.Load() > 0 {
		return s.now, nil
	}
	return s.old, nil
}

func (s *stale) Refresh(context.Context, tenant.ID) (*tenant.Tenant, error) {
	s.refreshed.Add(1)
	return s.now, nil
}

// A door that never heard of a move finds the tenant, whatever it does first: read
// the types of the old place included.
func TestAMovedTenantIsFound(t *testing.T) {
	t.Parallel()
	for name, types := range map[string][]string{"plain": nil, "with types": {"mood"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.admin(t, "CREATE TYPE "+w.a.Placement.Schema+".mood AS ENUM ('ok')")
			d := w.move(t)
			db := w.open(t, d, types)
			var got string
			if err := db.QueryRow(as(t, w.a), byKey, pgx.QueryExecModeExec, 1).Scan(&got); err != nil || got != "a" {
				t.Errorf("read %q, %v", got, err)
			}
			if n := d.refreshed.Load(); n != 1 {
				t.Errorf("the registry was asked %d times", n)
			}
		})
	}
}

// Where the registry itself is wrong the door gives up, after a while.
func TestATenantThatIsNowhereIsAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.move(t)
	d.now = d.old
	c := w.config(t, d, 1)
	c.Patience = 100 * time.Millisecond
	db := tenantpgx.New(c)
	if err := db.QueryRow(as(t, w.a), byKey, 1).Scan(new(string)); !errors.Is(err, tenant.ErrMoved) {
		t.Errorf("got %v", err)
	}
}

// slow tells of a move when it is asked for the third time.
type slow struct{ *stale }

func (s slow) Refresh(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	if s.refreshed.Load() < 2 {
		s.refreshed.Add(1)
		return s.old, nil
	}
	return s.stale.Refresh(ctx, id)
}

// The time that a statement waited for the fence does not count: the registry hears of
// it only afterwards.
func TestPatienceBeginsBehindTheFence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const patience = 200 * time.Millisecond
	to, fence := schema.New(isolation.DefaultNames()).Fence(w.a.ID, w.a.Placement)
	moved := w.a.Clone()
	moved.Placement = to
	c := w.config(t, slow{&stale{old: w.a, now: moved}}, 1)
	c.Patience = patience
	db := tenantpgx.New(c)
	mover, err := pgx.Connect(t.Context(), w.url)
	if err != nil {
		t.Fatal(err)
	}
	defer mover.Close(context.Background())
	script := isolation.Script(append([]isolation.Statement{{SQL: "BEGIN"}, isolation.Lock(w.a.ID)}, fence...)...)
	if _, err := mover.Exec(t.Context(), script, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	read := make(chan error, 1)
	go func() { read <- db.QueryRow(as(t, w.a), byKey, 1).Scan(new(string)) }()
	time.Sleep(2 * patience)
	if _, err := mover.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if err := <-read; err != nil {
		t.Errorf("after the move: %v", err)
	}
}

// move renames a's schema and returns a directory that has not heard of it.
func (w *world) move(t *testing.T) *stale {
	t.Helper()
	level := schema.New(isolation.DefaultNames())
	to, statements := level.Fence(w.a.ID, w.a.Placement)
	w.admin(t, isolation.Script(statements...))
	moved := w.a.Clone()
	moved.Placement = to
	return &stale{old: w.a, now: moved}
}

func (w *world) open(t *testing.T, d tenantpgx.Directory, types []string) *tenantpgx.DB {
	t.Helper()
	return w.openWide(t, d, types, 1)
}

func (w *world) openWide(t *testing.T, d tenantpgx.Directory, types []string, conns int32) *tenantpgx.DB {
	t.Helper()
	c := w.config(t, d, conns)
	c.Types = types
	return tenantpgx.New(c)
}

func (w *world) config(t *testing.T, d tenantpgx.Directory, conns int32) tenantpgx.Config {
	t.Helper()
	set := pools.New(map[string]pools.Server{"main": {URL: w.url, MaxConns: conns}})
	t.Cleanup(set.Close)
	return tenantpgx.Config{
		Directory: d, Pools: set, Main: "main",
		Levels: isolation.LevelsOf(schema.New(isolation.DefaultNames())), Names: isolation.DefaultNames(),
	}
}
