package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/rowhouse-go/rowhouse/internal/sqlitefile"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Conditions that callers test for with [errors.Is].
var (
	// ErrBusy: another transaction writes to the tenant's file and does not end.
	ErrBusy = isolation.ErrBusy
	// ErrReadOnly: the tenant is read only, and the transaction would write.
	ErrReadOnly = errors.New("the tenant is read only")
)

// Session is one transaction in one tenant's file. The application's statements run
// under a guard: they reach no other file and do not end the transaction. It is used
// by one goroutine at a time.
type Session struct {
	homes  *Homes
	handle *handle
	done   func() // ends the writer's turn
	write  bool
	ended  bool
}

// Enter begins a transaction inside a tenant. One that may write takes the file's
// write lock at once, so that it cannot fail later because another one came first.
//
// Errors: [tenant.ErrMoved] where the file is not there, is not the tenant's at this
// epoch, or is being dropped: the registry is stale; [ErrReadOnly]; [ErrBusy].
func (h *Homes) Enter(ctx context.Context, t *tenant.Tenant, write bool) (*Session, error) {
	file, err := h.file(t.ID, t.Placement)
	if err != nil {
		return nil, err
	}
	s := &Session{homes: h, write: write, done: func() {}}
	if write {
		if s.done, err = h.turns.wait(ctx, file); err != nil {
			return nil, fmt.Errorf("tenant %s: %w", t.Slug, err)
		}
	}
	if s.handle, err = h.pool.acquire(ctx, file); err != nil {
		s.done()
		if missing(err) {
			err = fmt.Errorf("%w: %w", tenant.ErrMoved, err)
		}
		return nil, fmt.Errorf("tenant %s: %w", t.Slug, err)
	}
	if err := s.begin(ctx, Level{}.Enter(t.ID, t.Placement)); err != nil {
		return nil, fmt.Errorf("tenant %s: %w", t.Slug, errors.Join(err, s.Rollback()))
	}
	return s, nil
}

func (s *Session) begin(ctx context.Context, enter isolation.Statement) error {
	begin := "BEGIN"
	if s.write {
		begin = "BEGIN IMMEDIATE"
	}
	if err := s.handle.exec(ctx, begin); err != nil {
		return busy(err)
	}
	row, err := s.handle.row(ctx, enter.SQL, enter.Args...)
	switch {
	case errors.Is(err, io.EOF):
		return tenant.ErrMoved
	case err != nil:
		return err
	case row[0] != int64(0) && s.write:
		return ErrReadOnly
	}
	// What was taken for a read and is none stops here.
	if !s.write {
		if err := s.handle.exec(ctx, "PRAGMA query_only = 1"); err != nil {
			return err
		}
	}
	s.handle.guard.on = true
	return nil
}

// Conn is what the application's statements run on. It is good until the session ends.
func (s *Session) Conn() driver.Conn { return s.handle.conn }

// ErrAborted: SQLite has rolled the transaction back, and none of it is left.
var ErrAborted = errors.New("the transaction was rolled back by the database")

// Check says after an error whether the transaction is still there. Some errors end
// it, and INSERT OR ROLLBACK asks for that: what came next would be committed outside.
func (s *Session) Check() error {
	if s.ended {
		return ErrAborted
	}
	s.handle.guard.on = false
	inside := s.handle.exec(context.Background(), "BEGIN") != nil
	s.handle.guard.on = true
	if inside {
		return nil
	}
	_ = s.Rollback()
	return ErrAborted
}

// Explain adds to a statement's error what was refused, as a [RefusedError].
func (s *Session) Explain(err error) error { return s.handle.explain(err) }

// Commit ends the transaction. After an error nothing of it is left: a context that
// has ended is seen before, and one that ends meanwhile comes too late.
func (s *Session) Commit(ctx context.Context) error {
	if s.ended {
		return ErrAborted
	}
	s.handle.guard.on = false
	if err := s.handle.commit(ctx); err != nil {
		return errors.Join(err, s.Rollback())
	}
	s.end(nil)
	return nil
}

// Rollback ends the transaction, whatever became of it, and gives the connection back.
// A second one does nothing.
func (s *Session) Rollback() error {
	if s.ended {
		return nil
	}
	s.handle.guard.on = false
	// SQLite ends a transaction by itself after some errors. What is still open
	// afterwards is closed with its connection.
	s.end(s.handle.exec(context.Background(), "ROLLBACK"))
	return nil
}

func (s *Session) end(err error) {
	s.ended = true
	if err == nil {
		err = s.handle.tidy(s.write)
	}
	s.homes.pool.release(s.handle, err == nil)
	s.done()
}

// errTemporary: what is temporary would shadow tables for who comes next.
var errTemporary = errors.New("the connection has temporary objects")

// tidy makes a connection ready for somebody else. Who could not write has left
// nothing.
func (h *handle) tidy(wrote bool) error {
	h.guard.altered = false
	if !wrote {
		return h.exec(context.Background(), "PRAGMA query_only = 0")
	}
	switch _, err := h.row(context.Background(), "SELECT 1 FROM sqlite_temp_schema"); {
	case err == nil:
		return errTemporary
	case !errors.Is(err, io.EOF):
		return err
	}
	return nil
}

// busy gives the driver's error the name that callers test for.
func busy(err error) error {
	if sqlitefile.Busy(err) {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return err
}

// Open returns [ErrAborted] where the transaction is over.
func (s *Session) Open() error {
	if s.ended {
		return ErrAborted
	}
	return nil
}
