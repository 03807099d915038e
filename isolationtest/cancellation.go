package isolationtest

import (
	"context"
	"errors"
	"time"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// cancellation at any moment gives back a usable connection, and the cancellation of
// one tenant never reaches the next one's statement.
func cancellation(s *stage) {
	for name, f := range map[string]func(*stage, Door, context.Context) error{
		"statement": func(_ *stage, door Door, ctx context.Context) error {
			_, err := door.Exec(ctx, "SELECT pg_sleep(30)")
			return err
		},
		"between rows": func(_ *stage, door Door, ctx context.Context) error {
			return door.Each(ctx, func([]any) error { return nil },
				"SELECT n, pg_sleep(0.0005) FROM generate_series(1, 100000) AS n")
		},
		"statement of a transaction": cancelInTx,
		"commit":                     cancelCommit,
		"waiting for a connection":   cancelWaiting,
	} {
		s.part(name, func(s *stage) { s.cancelled(f) })
	}
	s.part("before anything", func(s *stage) {
		door, a := s.open(1), s.create("a")
		ctx, cancel := context.WithCancel(s.as(a))
		cancel()
		_, err := door.Exec(ctx, "UPDATE notes SET body = 'x'")
		s.is("exec", err, context.Canceled)
		_, err = door.Begin(ctx)
		s.is("begin", err, context.Canceled)
		s.untouched(a)
	})
	s.part("savepoint is rolled back all the same", cancelledSavepoint)
	s.part("server hangs up", serverHangsUp)
}

func (s *stage) cancelled(f func(*stage, Door, context.Context) error) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	for _, after := range []time.Duration{0, time.Millisecond, 3 * time.Millisecond, 30 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(s.as(a), after)
		began := time.Now()
		err := f(s, door, ctx)
		cancel()
		s.is("cancelled", err, context.DeadlineExceeded)
		if took := time.Since(began); took > 10*time.Second {
			s.Errorf("cancelled after %v, over after %v", after, took)
		}
		for range 5 {
			s.sees(door, b)
		}
	}
	s.untouched(a)
}

func cancelInTx(s *stage, door Door, ctx context.Context) error {
	tx, err := door.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, "UPDATE notes SET body = 'x'"); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "SELECT pg_sleep(30)")
	return err
}

// cancelCommit commits when the time is over: nothing may be stored.
func cancelCommit(_ *stage, door Door, ctx context.Context) error {
	tx, err := door.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE notes SET body = 'x'"); err != nil {
		_ = tx.Rollback(ctx)
		return err
	}
	<-ctx.Done()
	if err := tx.Commit(ctx); err == nil {
		return errors.New("committed after the end of its context")
	}
	return ctx.Err()
}

// cancelWaiting gives up while somebody else has the only connection.
func cancelWaiting(s *stage, door Door, ctx context.Context) error {
	other, err := tenant.FromContext(ctx)
	if err != nil {
		return err
	}
	tx := s.begin(door, other)
	defer tx.Rollback(s.as(other))
	_, err = door.Exec(ctx, "UPDATE notes SET body = 'x'")
	return err
}

// cancelledSavepoint: what a savepoint wrote must not be committed with the rest, only
// because the context that should have rolled it back was over.
func cancelledSavepoint(s *stage) {
	door, a := s.open(1), s.create("a")
	tx := s.begin(door, a)
	ctx, cancel := context.WithCancel(s.as(a))
	inner, err := tx.Savepoint(ctx)
	if err == nil {
		s.exec(inner, ctx, "UPDATE notes SET n = 7 WHERE id = 1")
		cancel()
		_ = inner.Rollback(ctx)
	}
	cancel()
	_ = tx.Commit(s.as(a))
	s.counted(door, a, 0)
}

// serverHangsUp: a session that is ended from outside is an error, once.
func serverHangsUp(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	const suicide = "SELECT pg_terminate_backend(pg_backend_pid())"
	if _, err := door.Exec(s.as(a), suicide); err == nil {
		s.Errorf("a session that was ended answers")
	}
	s.sees(door, b)
	tx := s.begin(door, a)
	s.exec(tx, s.as(a), "UPDATE notes SET body = 'x'")
	if _, err := tx.Exec(s.as(a), suicide); err == nil {
		s.Errorf("a session that was ended answers")
	}
	if err := tx.Commit(s.as(a)); err == nil {
		s.Errorf("a transaction of a session that was ended commits")
	}
	err := door.Each(s.as(a), func([]any) error { return nil },
		"SELECT CASE WHEN n = 5000 THEN pg_terminate_backend(pg_backend_pid()) END, repeat('x', 200) FROM generate_series(1, 10000) AS n")
	if err == nil {
		s.Errorf("rows of a session that was ended are whole")
	}
	s.sees(door, b)
	s.untouched(a)
}
