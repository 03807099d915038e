package isolationtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// fence: while a tenant is moved, deleted and made again, nobody lands in a table
// that is not its own, however stale what it knows.
func fence(s *stage) {
	s.part("whoever is inside is waited for", insideIsWaitedFor)
	s.part("whoever waits meanwhile finds the new place", waiting)
	s.part("whoever comes late finds the new place", late)
	s.part("whoever comes late to a deleted tenant is refused", lateToDeleted)
	s.part("no such place", noSuchPlace)
	s.part("rename, delete, create again under fire", underFire)
}

// insideIsWaitedFor: a transaction that entered before keeps its tables to the end.
func insideIsWaitedFor(s *stage) {
	door, a := s.open(1), s.create("a")
	tx := s.begin(door, a)
	s.sees(tx, a)
	moved := make(chan error, 1)
	go func() { moved <- s.target.Street.Move(s.Context(), a, nil) }()
	for range 10 {
		time.Sleep(10 * time.Millisecond)
		s.sees(tx, a)
	}
	select {
	case err := <-moved:
		s.Errorf("the tenant moved while a transaction was inside (%v)", err)
		moved <- err
	default:
	}
	s.exec(tx, s.as(a), "INSERT INTO entries (owner, mark) VALUES ($1, 'inside')", a.ID.String())
	s.must("commit", tx.Commit(s.as(a)))
	s.must("move", <-moved)
	got, err := column(s.as(a), door, "SELECT mark FROM entries")
	if err != nil || len(got) != 1 {
		s.Errorf("entries %v, %v", got, err)
	}
	s.pit()
}

// waiting: statements that wait for the lock while the tenant is moved. Their
// sessions know the old place well, by a warm cache of the catalog.
func waiting(s *stage) {
	const sessions = 4
	door, a := s.open(sessions), s.create("a")
	for name, f := range map[string]func(context.Context) error{
		"statement": func(ctx context.Context) error { return s.reads(ctx, door, a) },
		"write": func(ctx context.Context) error {
			_, err := door.Exec(ctx, "INSERT INTO entries (owner, mark) VALUES ($1, 'waited')", a.ID.String())
			return err
		},
		"transaction": func(ctx context.Context) error {
			tx, err := door.Begin(ctx)
			if err != nil {
				return err
			}
			defer tx.Rollback(ctx)
			return s.reads(ctx, tx, a)
		},
	} {
		s.part(name, func(s *stage) { s.waits(a, sessions, f) })
	}
	s.pit()
}

func (s *stage) reads(ctx context.Context, r Runner, t *tenant.Tenant) error {
	got, err := owner(ctx, r)
	if err == nil && got != t.ID.String() {
		return fmt.Errorf("%s reads a row of %s", t.Slug, got)
	}
	return err
}

// waits runs f in all sessions until they are warm, and then while t is moved.
func (s *stage) waits(t *tenant.Tenant, sessions int, f func(context.Context) error) {
	for range 3 {
		s.together(sessions, func() error { return f(s.as(t)) })
	}
	done := make(chan struct{})
	err := s.target.Street.Move(s.Context(), t, func() {
		go func() { defer close(done); s.together(sessions, func() error { return f(s.as(t)) }) }()
		s.queued(t, sessions)
	})
	s.must("move", err)
	<-done
}

// together runs f in n goroutines at once and reports their errors.
func (s *stage) together(n int, f func() error) {
	errs := make(chan error, n)
	for range n {
		go func() { errs <- f() }()
	}
	for range n {
		if err := <-errs; err != nil {
			s.Errorf("%v", err)
		}
	}
}

// queued returns when n sessions wait for the tenant's lock, or after a while.
func (s *stage) queued(t *tenant.Tenant, n int) {
	count := fmt.Sprintf("SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND classid::bigint << 32 | objid::bigint = %d", ident.LockKey(t.ID))
	for range 100 {
		got, err := s.target.Street.Admin(s.Context(), count)
		if err == nil && slices.Contains(got, fmt.Sprint(n)) { // one of the servers
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// late: a directory that hears of nothing.
func late(s *stage) {
	door, a := s.open(1), s.create("a")
	for range 3 {
		s.sees(door, a)
		s.must("move", s.target.Street.Move(s.Context(), a, nil))
		tx := s.begin(door, a)
		s.sees(tx, a)
		s.must("commit", tx.Commit(s.as(a)))
		s.must("move", s.target.Street.Move(s.Context(), a, nil))
		s.exec(door, s.as(a), "INSERT INTO entries (owner, mark) VALUES ($1, 'late')", a.ID.String())
	}
	got, err := column(s.as(a), door, "SELECT mark FROM entries")
	if err != nil || len(got) != 3 {
		s.Errorf("entries %v, %v", got, err)
	}
	s.pit()
}

func lateToDeleted(s *stage) {
	door, a := s.open(2), s.create("a")
	s.sees(door, a)
	s.must("delete", s.target.Street.Become(s.Context(), a, tenant.Deleting))
	again := s.createAs(a.Slug)
	for range 2 {
		s.gone(door, a)
		s.sees(door, again)
	}
	s.untouched(again)
	s.pit()
}

// noSuchPlace: the registry itself is wrong, or was restored from an old copy.
func noSuchPlace(s *stage) {
	door, a := s.open(1), s.create("a")
	s.must("hide", s.hide(a))
	s.nowhere(door, a)
	s.pit()
}

// nowhere fails the test unless t, which the registry believes to be somewhere, is
// refused. A door may wait for the registry for as long as it is given.
func (s *stage) nowhere(r Runner, t *tenant.Tenant) {
	s.Helper()
	briefly := func() context.Context {
		ctx, cancel := context.WithTimeout(s.as(t), 300*time.Millisecond)
		s.Cleanup(cancel)
		return ctx
	}
	if got, err := owner(briefly(), r); !refused(err) && !errors.Is(err, context.DeadlineExceeded) {
		s.Errorf("%s, which is nowhere, reads %q, %v", t.Slug, got, err)
	}
	_, err := r.Exec(briefly(), "INSERT INTO entries (owner, mark) VALUES ($1, 'late')", t.ID.String())
	if !refused(err) && !errors.Is(err, context.DeadlineExceeded) {
		s.Errorf("%s, which is nowhere, writes: %v", t.Slug, err)
	}
}

// hide takes the tenant from where the registry says it is.
func (s *stage) hide(t *tenant.Tenant) error {
	street, ok := s.target.Street.(interface {
		Hide(context.Context, *tenant.Tenant) error
	})
	if ok {
		return street.Hide(s.Context(), t)
	}
	return s.target.Street.Inside(s.Context(), t, "ALTER SCHEMA "+t.Placement.Schema+" RENAME TO "+t.Placement.Schema+"_hidden")
}

func underFire(s *stage) {
	const goroutines, conns, tenants, statements = 50, 8, 3, 24
	door := s.open(conns)
	w := s.swarm(door, tenants)
	w.run(goroutines, statements)
	s.pit()
}
