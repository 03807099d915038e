package drift

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// ErrRefused: a repair needs something that is not done unasked, or cannot be done
// by SQL made here. Nothing was changed.
var ErrRefused = errors.New("not repaired")

// RepairOptions select what is repaired, and how far.
type RepairOptions struct {
	Options
	Apply       bool          // run the SQL; otherwise it is only returned
	DropExtra   bool          // drop columns, tables and sequences that no migration makes, with what is in them
	LockTimeout time.Duration // for each lock; 0 means 10 s
}

// RepairReport is what a repair did, or would do.
type RepairReport struct {
	Checked   int
	Repairs   []Repair // drifted tenants, by slug
	Unchecked []Unchecked
	Skipped   []migrate.Skipped
}

// Failed returns the repairs that have an error.
func (r *RepairReport) Failed() []Repair {
	return slices.DeleteFunc(slices.Clone(r.Repairs), func(d Repair) bool { return d.Err == nil })
}

// Repair is how a drifted tenant is brought back.
type Repair struct {
	Drifted
	Statements []string  // in order, complete with the tenant's schema
	Refused    []Refusal // what the statements leave as it is
	Applied    bool      // the statements ran, and the tenant has the expected fingerprint
	Left       []string  // differences that were left, for which all was rolled back
	Err        error     // why it was not applied
}

// Refusal is a difference that is not repaired, and why.
type Refusal struct {
	Object string // kind and name
	Reason string // with what to do
}

func (r Refusal) String() string { return r.Object + ": " + r.Reason }

// Repair makes the SQL that brings drifted tenants back to what their migrations
// make, and with Apply runs it: one transaction for each tenant, while nobody is
// inside, which is rolled back unless the fingerprint is right in the end. A tenant
// that fails keeps nobody else from being repaired: see [RepairReport.Failed].
func (c *Checker) Repair(ctx context.Context, o RepairOptions) (*RepairReport, error) {
	models := c.round(o.Options)
	report, err := models.check(ctx)
	if err != nil {
		return nil, fmt.Errorf("drift: %w", err)
	}
	out := &RepairReport{Checked: report.Checked, Unchecked: report.Unchecked, Skipped: report.Skipped, Repairs: make([]Repair, len(report.Drifted))}
	var group errgroup.Group
	group.SetLimit(o.workers())
	for i, d := range report.Drifted {
		model, err := models.model(ctx, member{d.Tenant, d.Version}.target())
		if err != nil {
			_ = group.Wait() // no repair returns an error
			return nil, fmt.Errorf("drift: %w", err)
		}
		group.Go(func() error {
			out.Repairs[i] = c.repair(ctx, d, model, o)
			return nil
		})
	}
	return out, group.Wait()
}

func (c *Checker) repair(ctx context.Context, d Drifted, model catalog.Schema, o RepairOptions) Repair {
	r := &repair{Repair: Repair{Drifted: d}, c: c, model: model, o: o}
	if err := r.run(ctx); err != nil {
		r.Err = fmt.Errorf("repair %s: %w", d.Tenant.Slug, err)
	}
	return r.Repair
}

// unchanged fails where a tenant was moved or migrated since the check.
func (c *Checker) unchanged(ctx context.Context, d Drifted) error {
	now, err := c.now(ctx, d)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(now, d.is)
	if i < 0 || now[i].version != d.Version || now[i].tenant.Placement != d.Tenant.Placement {
		return fmt.Errorf("it was changed meanwhile, check again: %w", ErrRefused)
	}
	return nil
}
