package doctor

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const (
	longProvisioning = 10 * time.Minute    // no create takes as long
	longDeleting     = 30 * 24 * time.Hour // nobody is going to restore it
)

// housed returns the tenants that must have a schema on the main server.
func (e *exam) housed() (out []*tenant.Tenant) {
	for _, t := range e.tenants {
		p := t.Placement
		if p.Level != tenant.Schema || p.Server != rowhouse.Main || p.Database != "" {
			continue
		}
		switch t.Status {
		case tenant.Active, tenant.ReadOnly, tenant.Suspended, tenant.Deleting:
			out = append(out, t)
		}
	}
	return out
}

// atMain reports whether a tenant's marks are in the main server's own database.
func atMain(t *tenant.Tenant) bool {
	return t.Placement.Server == rowhouse.Main && t.Placement.Database == ""
}

// homes finds tenants whose schema is not there.
func (e *exam) homes(ctx context.Context) error {
	there, err := e.schemasLike(ctx, "")
	if err != nil {
		return err
	}
	for _, t := range e.housed() {
		if !there[t.Placement.Schema] {
			e.found(Problem, "homes", "tenant "+t.Slug, "restore the schema from a backup, or purge the tenant: rowhouse tenant delete "+t.Slug+" --purge",
				"it is %s and its schema %s is not there", t.Status, t.Placement.Schema)
		}
	}
	return nil
}

// stages finds tenants that stay where they should only pass through.
func (e *exam) stages(context.Context) error {
	if e.config.RegistryQuery != "" {
		return nil // a row says nothing of how long it has been what it is
	}
	for _, t := range e.tenants {
		since := time.Since(t.UpdatedAt)
		object := "tenant " + t.Slug
		switch {
		case t.Status == tenant.Failed:
			e.found(Warning, "stages", object, "run rowhouse tenant create "+t.Slug+" again, or delete it", "it could not be made")
		case t.Status == tenant.Provisioning && since > longProvisioning:
			e.found(Warning, "stages", object, "run rowhouse tenant create "+t.Slug+" again, which finishes it", "it is provisioning for %s", since.Round(time.Minute))
		case t.Status == tenant.Deleting && since > longDeleting:
			e.found(Note, "stages", object, "run rowhouse tenant delete "+t.ID.String()+" --purge", "it was deleted %d days ago and its data is still there", int(since.Hours())/24)
		}
	}
	return nil
}

// orphans finds schemas that look like a tenant's and are nobody's.
func (e *exam) orphans(ctx context.Context) error {
	if e.blind {
		return nil // everybody's would seem nobody's
	}
	there, err := e.schemasLike(ctx, e.config.Schemas.Prefix)
	if err != nil {
		return err
	}
	for _, t := range e.tenants {
		if t.Status != tenant.Deleted {
			delete(there, t.Placement.Schema)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		e.found(Warning, "orphans", "schema "+name, "look at what it holds, then DROP SCHEMA "+ident.Quote(name)+" CASCADE", "it is no tenant's")
	}
	return nil
}

// markers compares the marks that make tenants read-only with their status.
func (e *exam) markers(ctx context.Context) error {
	if e.blind {
		return nil
	}
	there, err := e.schemasLike(ctx, "rowhouse_ro_")
	if err != nil {
		return err
	}
	for _, t := range e.tenants {
		marker := ident.ReadOnlyMarker(t.ID)
		marked := there[marker]
		if t.Status != tenant.Deleted {
			delete(there, marker)
		}
		switch {
		case marked && t.Status == tenant.Active:
			e.found(Warning, "read-only", "tenant "+t.Slug, "run rowhouse tenant resume "+t.Slug+", or tenant read-only "+t.Slug,
				"it is active, but the database refuses its writes")
		case !marked && t.Status == tenant.ReadOnly && atMain(t):
			e.found(Problem, "read-only", "tenant "+t.Slug, "run rowhouse tenant read-only "+t.Slug+" again",
				"it is read-only, but the database takes its writes")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		e.found(Note, "read-only", "schema "+name, "DROP SCHEMA "+ident.Quote(name), "it marks a tenant that does not exist as read-only")
	}
	return nil
}

// schemasLike returns the schemas whose names begin with prefix.
func (e *exam) schemasLike(ctx context.Context, prefix string) (map[string]bool, error) {
	rows, _ := e.conn.Query(ctx, "SELECT nspname::text FROM pg_namespace WHERE starts_with(nspname, $1) ORDER BY nspname", prefix)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	there := make(map[string]bool, len(names))
	for _, name := range names {
		there[name] = true
	}
	return there, nil
}
