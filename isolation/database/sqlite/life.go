package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Create makes a tenant's file where it is missing. It may be run again.
func (h *Homes) Create(ctx context.Context, id tenant.ID, p tenant.Placement) error {
	file, err := h.file(id, p)
	if err != nil {
		return err
	}
	if err := create(ctx, file, Level{}.Create(p)); err != nil {
		return fmt.Errorf("sqlite: make the file of %s: %w", id, err)
	}
	return nil
}

// Fence commits that nobody enters with p any more, whatever file anybody has open,
// and returns the placement that leads there now. Writers inside end first. With
// dropping the data count as begun to be dropped. It may be run again; a file that is
// gone needs no fence.
func (h *Homes) Fence(ctx context.Context, id tenant.ID, p tenant.Placement, dropping bool) (tenant.Placement, error) {
	to, statements := Level{}.Fence(id, p)
	if dropping {
		statements = append(statements, isolation.Statement{SQL: "UPDATE rowhouse_home SET dropping = 1"})
	}
	err := h.within(ctx, id, p, func(f *handle) error { return f.run(ctx, statements) })
	if err != nil && !missing(err) {
		return p, fmt.Errorf("sqlite: fence %s: %w", id, err)
	}
	return to, nil
}

// ReadOnly sets or removes the mark that makes the file refuse writes. When it returns
// no write is under way.
func (h *Homes) ReadOnly(ctx context.Context, id tenant.ID, p tenant.Placement, on bool) error {
	sql := "UPDATE rowhouse_home SET read_only = 0"
	if on {
		sql = "UPDATE rowhouse_home SET read_only = 1"
	}
	return h.mark(ctx, id, p, sql)
}

// Settle returns when no write is under way.
func (h *Homes) Settle(ctx context.Context, id tenant.ID, p tenant.Placement) error {
	return h.mark(ctx, id, p, "SELECT 1")
}

// Rebuilt removes the mark that the data are being dropped.
func (h *Homes) Rebuilt(ctx context.Context, id tenant.ID, p tenant.Placement) error {
	return h.mark(ctx, id, p, "UPDATE rowhouse_home SET dropping = 0")
}

func (h *Homes) mark(ctx context.Context, id tenant.ID, p tenant.Placement, sql string) error {
	if err := h.within(ctx, id, p, func(f *handle) error { return f.exec(ctx, sql) }); err != nil {
		return fmt.Errorf("sqlite: mark %s: %w", id, err)
	}
	return nil
}

// Whole reports whether the tenant's file is there and was not begun to be dropped.
func (h *Homes) Whole(ctx context.Context, id tenant.ID, p tenant.Placement) (whole bool, err error) {
	err = h.within(ctx, id, p, func(f *handle) error {
		_, err := f.row(ctx, "SELECT 1 FROM rowhouse_home WHERE tenant = $1 AND NOT dropping", id.String())
		if whole = err == nil; errors.Is(err, io.EOF) {
			err = nil
		}
		return err
	})
	if missing(err) {
		return false, nil
	}
	return whole, err
}

// Empty drops all of the tenant's tables and what its ledger says of them, in one
// transaction. The file stays: somebody may have it open.
func (h *Homes) Empty(ctx context.Context, id tenant.ID, p tenant.Placement) error {
	file, err := h.file(id, p)
	if err != nil {
		return err
	}
	// References between the tables must not order what goes. The setting means
	// nothing inside a transaction, so this is a connection of its own.
	f, err := openHandle(ctx, file, "", "rw")
	if err != nil {
		return fmt.Errorf("sqlite: empty %s: %w", id, err)
	}
	defer f.close()
	if err := f.exec(ctx, "PRAGMA foreign_keys = 0"); err != nil {
		return err
	}
	return f.inTx(ctx, func() error { return f.empty(ctx) })
}

func (h *handle) empty(ctx context.Context) error {
	objects, err := h.rows(ctx, tables().SQL)
	if err != nil {
		return err
	}
	for _, o := range objects {
		if err := h.exec(ctx, dropObject(fmt.Sprint(o[0]), fmt.Sprint(o[1]))); err != nil {
			return err
		}
	}
	return h.exec(ctx, "DELETE FROM rowhouse_ledger; UPDATE rowhouse_home SET read_only = 0")
}

// Drop removes the file of a fenced tenant. It may be run again.
func (h *Homes) Drop(id tenant.ID, p tenant.Placement) error {
	file, err := h.file(id, p)
	if err != nil {
		return err
	}
	h.pool.forget(file)
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(file + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sqlite: drop %s: %w", id, err)
		}
	}
	return nil
}
