package sqlite

import (
	"context"
	"fmt"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// inTx runs f in a transaction that has the write lock.
func (h *handle) inTx(ctx context.Context, f func() error) error {
	if err := h.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return busy(err)
	}
	err := f()
	if err == nil {
		err = h.commit(ctx)
	}
	if err != nil {
		// SQLite may have ended it by itself.
		_ = h.exec(context.WithoutCancel(ctx), "ROLLBACK")
	}
	return err
}

// commit commits, or returns an error and has not: SQLite reports a context that ends
// while it commits even where it then has.
func (h *handle) commit(ctx context.Context) error {
	err := h.names(ctx)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	return busy(h.exec(context.WithoutCancel(ctx), "COMMIT"))
}

func (h *handle) run(ctx context.Context, statements []isolation.Statement) error {
	for _, s := range statements {
		if err := h.exec(ctx, s.SQL, s.Args...); err != nil {
			return err
		}
	}
	return nil
}

// within runs f in a transaction of a tenant's file while nobody else writes.
func (h *Homes) within(ctx context.Context, id tenant.ID, p tenant.Placement, f func(*handle) error) error {
	file, err := h.file(id, p)
	if err != nil {
		return err
	}
	return h.inFile(ctx, file, f)
}

func (h *Homes) inFile(ctx context.Context, file string, f func(*handle) error) (err error) {
	done, err := h.turns.wait(ctx, file)
	if err != nil {
		return err
	}
	defer done()
	handle, err := h.pool.acquire(ctx, file)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	defer func() { h.pool.release(handle, err == nil) }()
	return handle.inTx(ctx, func() error { return f(handle) })
}

// alone is inFile on a connection that is opened for f, without regard to references.
func (h *Homes) alone(ctx context.Context, file string, f func(*handle) error) error {
	done, err := h.turns.wait(ctx, file)
	if err != nil {
		return err
	}
	defer done()
	handle, err := h.pool.openFile(ctx, file)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	defer handle.close()
	if err := handle.loose(ctx); err != nil {
		return err
	}
	return handle.inTx(ctx, func() error { return f(handle) })
}
