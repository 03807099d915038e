package registry

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/maypok86/otter/v2"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// QueryOptions says what the rows of a [Query] do not.
type QueryOptions struct {
	Level  tenant.Level // of all tenants; "" is schema
	Server string       // name of the server in the configuration that holds their data
	Pooled string       // schema of tenants of level row
	// Reserved are schemas that are nobody's: the shared one, the extensions'.
	Reserved []string
	// Log is told once of each row that is not served. nil is [slog.Default].
	Log *slog.Logger
}

// Query is a [Store] of tenants that a table of the user's own lists. It cannot
// change them: Create and Update are [tenant.ErrReadOnlySource].
//
// Columns are known by name: id; slug or subdomain; and where the table has them
// name, status, schema, host or domain, settings, labels (JSON objects). Others are
// passed over. A uuid is the tenant's id as it is; of any other id [DeriveID] makes
// one. Schemas are used as they are. A row makes one tenant with at most one host.
//
// A row that makes no sense, or that shares its slug or schema with another, is a
// tenant that is [tenant.Failed], and nobody else's trouble: see [Query.Faults].
// Each lookup makes sure of that: in a large table it wants indexes on lower(slug),
// lower(host) and schema.
//
// It is safe for concurrent use.
type Query struct {
	db      DB
	sql     string // the user's, without a final semicolon
	options QueryOptions
	columns queryColumns
	ids     *sourceIDs
	told    *otter.Cache[string, struct{}] // faults that were logged
}

var (
	_ Store         = (*Query)(nil)
	_ NamesRepeater = (*Query)(nil)
)

// OpenQuery checks a query and returns the store of its rows. It is an error if a
// column is missing or if all tenants share one schema.
func OpenQuery(ctx context.Context, db DB, sql string, options QueryOptions) (*Query, error) {
	if options.Level == "" {
		options.Level = tenant.Schema
	}
	if options.Log == nil {
		options.Log = slog.Default()
	}
	q := &Query{
		db: db, sql: strings.TrimRight(sql, "; \t\r\n"), options: options, ids: newSourceIDs(),
		told: otter.Must(&otter.Options[string, struct{}]{MaximumSize: 10_000}),
	}
	if err := q.inspect(ctx); err != nil {
		return nil, fmt.Errorf("registry.query: %w", err)
	}
	if _, err := q.List(ctx, Filter{}); err != nil { // for its warnings
		return nil, err
	}
	return q, nil
}

// Lookup implements [Reader].
func (q *Query) Lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	if !Plausible(key) {
		return nil, notFound(key)
	}
	found, err := q.lookup(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("registry.query: look up %s: %w", key, err)
	}
	if found == nil {
		return nil, notFound(key)
	}
	return found, nil
}

func (q *Query) lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	switch key.Kind {
	case tenant.KeyID:
		return q.lookupID(ctx, key.Value)
	case tenant.KeySlug:
		return q.lookupName(ctx, q.columns.slug, key.Value)
	case tenant.KeyHost:
		return q.lookupName(ctx, q.columns.host, key.Value)
	}
	return nil, nil
}

// lookupName finds every row that has the name in any case: whoever took acme after
// Acme must not get its visitors. An index on lower(slug), or lower(host), answers it.
func (q *Query) lookupName(ctx context.Context, c queryColumn, value string) (*tenant.Tenant, error) {
	if c.name == "" {
		return nil, nil
	}
	return q.one(ctx, "lower(q."+c.quoted()+"::text) = lower($1::text)", value)
}

func (q *Query) lookupID(ctx context.Context, value string) (*tenant.Tenant, error) {
	id, err := tenant.ParseID(value)
	if err != nil {
		return nil, nil
	}
	source, err := q.sourceID(ctx, id)
	if err != nil || source == "" {
		return nil, err
	}
	c := q.columns.id
	return q.one(ctx, "q."+c.quoted()+" = $1::text::"+c.sqlType, source)
}

// one returns the one live tenant of the rows that match, or else one that is being
// deleted.
func (q *Query) one(ctx context.Context, where, value string) (*tenant.Tenant, error) {
	found, err := q.read(ctx, " WHERE "+where+" LIMIT 1000", value)
	if err != nil {
		return nil, err
	}
	var best *listed
	for i, l := range found {
		switch {
		case l.tenant == nil || l.tenant.Status == tenant.Deleted:
		case best == nil, l.tenant.Status.Live() && !best.tenant.Status.Live():
			best = &found[i]
		case l.tenant.Status.Live():
			return nil, &tenant.InvalidError{Field: "slug", Value: l.tenant.Slug, Reason: "or its id or host is that of two tenants in the table"}
		}
	}
	if best == nil {
		return nil, nil
	}
	if err := q.alone(ctx, best); err != nil {
		return nil, err
	}
	q.warn(*best)
	return best.tenant, nil
}

// read returns some of the rows.
func (q *Query) read(ctx context.Context, rest string, args ...any) ([]listed, error) {
	rows, _ := q.db.Query(ctx, "SELECT "+q.columns.list()+" FROM "+q.from()+rest, args...)
	return pgx.CollectRows(rows, q.scan)
}

// from is the user's query as a table. As a subselect it cannot change anything,
// and a comment at its end ends with its line.
func (q *Query) from() string { return "(" + q.sql + "\n) AS q" }

// NamesRepeat implements [NamesRepeater]: no index of ours watches over the table.
func (q *Query) NamesRepeat() bool { return true }

// Create implements [Store]: it is always a [tenant.ErrReadOnlySource].
func (q *Query) Create(_ context.Context, t *tenant.Tenant, _ Event) error {
	return fmt.Errorf("registry.query: create %s: add a row to the table of the query instead: %w", t.Slug, tenant.ErrReadOnlySource)
}

// Update implements [Store]: it is always a [tenant.ErrReadOnlySource].
func (q *Query) Update(_ context.Context, t *tenant.Tenant, _ Event) error {
	return fmt.Errorf("registry.query: update %s: change the table of the query instead: %w", t.Slug, tenant.ErrReadOnlySource)
}

// Events implements [Store]: nobody wrote any.
func (q *Query) Events(context.Context, tenant.ID, int) ([]Event, error) { return nil, nil }

// SetVersions implements [Store]: there is no projection to keep, and the ledgers
// themselves are the truth.
func (q *Query) SetVersions(context.Context, map[tenant.ID]int64) error { return nil }
