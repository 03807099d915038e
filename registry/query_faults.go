package registry

import (
	"context"
	"fmt"
	"strings"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// RowFault is what is wrong with one row of a [Query].
type RowFault struct {
	Slug   string // of the row, as it is
	Served bool   // the tenant is served all the same, without its host
	Err    *tenant.InvalidError
}

// Faults returns what is wrong with the rows. It reads the whole table.
func (q *Query) Faults(ctx context.Context) ([]RowFault, error) {
	all, err := q.all(ctx)
	if err != nil {
		return nil, fmt.Errorf("registry.query: faults: %w", err)
	}
	var faults []RowFault
	for _, l := range all {
		if l.fault != nil {
			faults = append(faults, l.rowFault())
		}
	}
	return faults, nil
}

func (l listed) rowFault() RowFault {
	f := RowFault{Err: l.fault}
	if l.tenant != nil {
		f.Slug, f.Served = l.tenant.Slug, l.tenant.Status.Serves()
	}
	return f
}

// warn logs a fault once.
func (q *Query) warn(l listed) {
	if l.fault == nil {
		return
	}
	f := l.rowFault()
	if _, first := q.told.SetIfAbsent(f.Slug+"\x00"+l.fault.Error(), struct{}{}); first {
		q.options.Log.Warn("registry.query: a row is wrong", "slug", f.Slug, "served", f.Served, "error", l.fault)
	}
}

// all returns every row, and refuses those that would be taken for each other.
func (q *Query) all(ctx context.Context) ([]listed, error) {
	all, err := q.read(ctx, "")
	if err != nil {
		return nil, err
	}
	twins := map[string]int{}
	for _, l := range all {
		for _, claim := range claims(l) {
			twins[claim.key()]++
		}
	}
	for i := range all {
		for _, claim := range claims(all[i]) {
			if twins[claim.key()] > 1 {
				all[i].refuse(claim.fault())
			}
		}
	}
	return all, nil
}

// claim is what only one row may have.
type claim struct{ field, value string }

func (c claim) key() string { return c.field + "\x00" + c.value }

func (c claim) fault() *tenant.InvalidError {
	return &tenant.InvalidError{Field: c.field, Value: c.value, Reason: "is that of several rows; tenants may not share one"}
}

// claims returns what a row holds. The deleted hold nothing, and those that are being
// deleted their schema and id.
func claims(l listed) []claim {
	t := l.tenant
	if t == nil || t.Status == tenant.Deleted {
		return nil
	}
	held := []claim{{"id", t.ID.String()}}
	if t.Status.Live() {
		held = append(held, claim{"slug", strings.ToLower(t.Slug)})
	}
	if t.Placement.Level == tenant.Schema && l.schema != "" {
		held = append(held, claim{"schema", l.schema})
	}
	return held
}

// alone refuses a tenant whose schema or slug another row has as well, as List does.
func (q *Query) alone(ctx context.Context, l *listed) error {
	t := l.tenant
	if t.Status == tenant.Failed {
		return nil
	}
	var slugs, schemas int64
	err := q.db.QueryRow(ctx, q.rivals(), t.Slug, t.Placement.Schema).Scan(&slugs, &schemas)
	switch {
	case err != nil:
		return err
	case t.Status.Live() && slugs > 1:
		l.refuse(claim{"slug", strings.ToLower(t.Slug)}.fault())
	case t.Placement.Level == tenant.Schema && schemas > 1:
		l.refuse(claim{"schema", t.Placement.Schema}.fault())
	}
	return nil
}

// rivals counts the rows that have a slug, and those that have a schema.
func (q *Query) rivals() string {
	return strings.NewReplacer("SLUG", "lower("+q.columns.slug.text()+") = lower($1::text)",
		"SCHEMA", q.columns.schema.text()+" = $2::text", "STATUS", q.columns.status.text(), "ROWS", q.from()).
		Replace("SELECT count(*) FILTER (WHERE SLUG AND STATUS IS DISTINCT FROM 'deleting'), count(*) FILTER (WHERE SCHEMA)" +
			" FROM ROWS WHERE STATUS IS DISTINCT FROM 'deleted' AND (SLUG OR SCHEMA)")
}
