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
	s := &Session{homes: h, done: func() {}}
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
	if err := s.begin(ctx, Level{}.Enter(t.ID, t.Placement), write); err != nil {
		return nil, fmt.Errorf("tenant %s: %w", t.Slug, errors.Join(err, s.Rollback()))
	}
	return s, nil
}

func (s *Session) begin(ctx context.Context, enter isolation.Statement, write bool) error {
	begin := "BEGIN"
	if write {
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
	case row[0] != int64(0) && write:
		return ErrReadOnly
	}
	// What was taken for a read and is none stops here.
	if !write {
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

// Commit ends the transaction. After an error nothing of it is left.
func (s *Session) Commit(ctx context.Context) error {
	if s.ended {
		return ErrAborted
	}
	s.handle.guard.on = false
	if err := s.handle.exec(ctx, "COMMIT"); err != nil {
		return errors.Join(busy(err), s.Rollback())
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
		err = s.handle.exec(context.Background(), "PRAGMA query_only = 0")
	}
	s.homes.pool.release(s.handle, err == nil)
	s.done()
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
