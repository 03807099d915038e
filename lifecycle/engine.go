package lifecycle

import (
	"context"
	"errors"
	"fmt"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Engine does to tenants' data what a [Manager] does with statements where they are in
// PostgreSQL. Everything may be run again.
type Engine interface {
	// Lock waits until this caller alone has a name of a kind, among all programs.
	// Dying gives it back.
	Lock(ctx context.Context, kind, name string) (release func(), err error)
	// Fence commits that nobody enters with p any more, and returns the placement
	// that the tenant has then. With dropping the data count as begun to be dropped.
	Fence(ctx context.Context, id tenant.ID, p tenant.Placement, dropping bool) (tenant.Placement, error)
	// Whole reports whether the data are there and were not begun to be dropped.
	Whole(ctx context.Context, id tenant.ID, p tenant.Placement) (bool, error)
	// ReadOnly sets or removes the mark that refuses writes; Settle waits for those
	// under way.
	ReadOnly(ctx context.Context, id tenant.ID, p tenant.Placement, on bool) error
	Settle(ctx context.Context, id tenant.ID, p tenant.Placement) error
	// Empty drops all that is in a home, Rebuilt says that it is whole again, and
	// Drop removes the home itself.
	Empty(ctx context.Context, id tenant.ID, p tenant.Placement) error
	Rebuilt(ctx context.Context, id tenant.ID, p tenant.Placement) error
	Drop(id tenant.ID, p tenant.Placement) error
}

// holder is a [Migrator] of tenants that are on an [Engine]. What it admits holds until
// release is called.
type holder interface {
	Hold(ctx context.Context) (release func(), err error)
}

// The kinds of names that operations lock. A slug's comes before an id's.
const (
	lockSlug = "slug"
	lockID   = "id"
)

// grip is what an operation holds on an engine.
type grip struct {
	releases []func()
	admitted bool
}

func (g *grip) keep(release func()) { g.releases = append(g.releases, release) }

func (g *grip) release() {
	for _, release := range g.releases {
		release()
	}
}

// takeOn waits for a lock of the engine's.
func (o operation) takeOn(ctx context.Context, name string) error {
	kind := lockID
	if _, err := tenant.ParseID(name); err != nil {
		kind = lockSlug
	}
	release, err := o.c.Engine.Lock(ctx, kind, name)
	if err == nil {
		o.held.keep(release)
	}
	return err
}

// admit asks the migrator whether a tenant may be made, until the operation ends.
func (o operation) admit(ctx context.Context) error {
	if o.c.Engine == nil {
		return o.c.Migrator.Admit(ctx, o.conn)
	}
	h, ok := o.c.Migrator.(holder)
	if !ok {
		return fmt.Errorf("lifecycle: the migrator knows no engine: %w", errors.ErrUnsupported)
	}
	if o.held.admitted {
		return nil
	}
	release, err := h.Hold(ctx)
	if err == nil {
		o.held.admitted = true
		o.held.keep(release)
	}
	return err
}

// fenceOn moves the data out of reach. marks that are given mean that they are about
// to be dropped.
func (o operation) fenceOn(ctx context.Context, t *tenant.Tenant, marks []isolation.Statement) (tenant.Placement, error) {
	to, err := o.c.Engine.Fence(ctx, t.ID, t.Placement, len(marks) > 0)
	return to, o.unlessBusy(err)
}

func (o operation) unlessBusy(err error) error {
	if err != nil && errors.Is(err, isolation.ErrBusy) {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return err
}

// demolishOn empties a home that is about to be made anew, and removes any other.
func (o operation) demolishOn(ctx context.Context, t *tenant.Tenant) error {
	if t.Status == tenant.Suspended {
		return o.unlessBusy(o.c.Engine.Empty(ctx, t.ID, t.Placement))
	}
	return o.c.Engine.Drop(t.ID, t.Placement)
}

// wholeOn refuses a home that was dropped, or begun to be.
func (o operation) wholeOn(ctx context.Context, t *tenant.Tenant) error {
	whole, err := o.c.Engine.Whole(ctx, t.ID, t.Placement)
	if err == nil && !whole {
		err = fmt.Errorf("tenant %s: %w", t.Slug, ErrDropped)
	}
	return err
}

// markOn sets or removes the read-only mark.
func (o operation) markOn(ctx context.Context, t *tenant.Tenant, readOnly bool) error {
	return o.unlessBusy(o.c.Engine.ReadOnly(ctx, t.ID, t.Placement, readOnly))
}
