// Package schema plans the schema level: every tenant has a schema of its own,
// and the transaction-local search path decides whose tables a statement sees.
package schema

import (
	"strconv"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Level is the schema level. The zero value is not usable: see [New].
type Level struct {
	names isolation.Names
	role  string
}

// Option changes what [New] returns.
type Option func(*Level)

// GrantTo gives the application's role the use of each new schema: its tables,
// sequences and functions, and nothing else. Without a role there is nothing to
// give: the application then connects as the owner.
func GrantTo(role string) Option {
	return func(l *Level) { l.role = role }
}

// New returns the schema level for the configured names.
func New(names isolation.Names, options ...Option) *Level {
	l := &Level{names: names}
	for _, o := range options {
		o(l)
	}
	return l
}

var _ isolation.Level = (*Level)(nil)

// Name returns [tenant.Schema].
func (l *Level) Name() tenant.Level { return tenant.Schema }

// Capabilities says what a schema per tenant can do.
func (l *Level) Capabilities() isolation.Capabilities {
	return isolation.Capabilities{
		Transactions:  isolation.Yes(),
		CopyFrom:      isolation.Yes(),
		Prepared:      isolation.Yes(),
		SharedTables:  isolation.Yes(),
		SharedKeys:    isolation.Yes(),
		Across:        isolation.With("tenants of one database"),
		OwnMigrations: isolation.Yes(),
		Fence:         isolation.Yes(),
		ReadOnly:      isolation.Yes(),
		Restore:       isolation.Yes(),

		ConflictColumns: isolation.Yes(),
		GroupByKey:      isolation.Yes(),
		Truncate:        isolation.With("in migrations; the application's role has no right to it"),
		Materialized:    isolation.Yes(),
	}
}

// Place gives a tenant a schema name that no tenant ever had.
func (l *Level) Place(id tenant.ID, slug, server string) tenant.Placement {
	return tenant.Placement{
		Level:  tenant.Schema,
		Server: server,
		Schema: ident.Schema(l.names.Prefix, slug, id),
		Epoch:  1,
	}
}

// enterMigrator sets, locks and verifies, in this order and in one statement.
//
//   - pg_advisory_xact_lock_shared waits for whoever moves or deletes the tenant.
//   - pg_relation_is_updatable opens a catalog table, which makes the backend read
//     the invalidations that arrived while it waited: a warm catalog cache would
//     still know the schema under its old name.
//   - $3::text::regnamespace is resolved when the row is computed, so after the
//     lock; $3::regnamespace would be resolved at Bind, before it.
//   - The failing cast carries the reason to the caller as SQLSTATE 22P02.
const enterMigrator = `SELECT set_config('search_path', $1, true),
 pg_advisory_xact_lock_shared($2::text::bigint),
 pg_relation_is_updatable('pg_catalog.pg_namespace'::regclass, false),
 CASE WHEN has_schema_privilege($3::text::regnamespace, 'USAGE') THEN 1 ELSE (current_user || ' has no USAGE on schema ' || $3)::int END`

// enter does the same, and makes the transaction read-only where the marker schema
// exists. SQL cannot undo that.
const enter = enterMigrator + `,
 CASE WHEN to_regnamespace($4) IS NULL THEN '' ELSE set_config('transaction_read_only', 'on', true) END`

// Enter plans the entering statement.
func (l *Level) Enter(id tenant.ID, p tenant.Placement) isolation.Statement {
	s := l.EnterMigrator(id, p)
	return isolation.Statement{SQL: enter, Args: append(s.Args, ident.Quote(ident.ReadOnlyMarker(id)))}
}

// EnterMigrator plans the entering statement for migrations, which change the
// tables of a tenant that is read-only for its application.
func (l *Level) EnterMigrator(id tenant.ID, p tenant.Placement) isolation.Statement {
	return isolation.Statement{SQL: enterMigrator, Args: []string{
		l.names.Path(p.Schema),
		strconv.FormatInt(ident.LockKey(id), 10),
		ident.Quote(p.Schema),
	}}
}

// Create plans an empty schema, with the application's rights on what will be in it.
func (l *Level) Create(p tenant.Placement) []isolation.Statement {
	plan := []isolation.Statement{{SQL: "CREATE SCHEMA IF NOT EXISTS " + ident.Quote(p.Schema)}}
	if l.role == "" {
		return plan
	}
	return append(plan, isolation.Grant(p.Schema, l.role)...)
}

// Fence plans the rename to the next epoch. Whoever waited for the lock, and
// whoever comes later with the old name, finds no schema. Where a crash came
// between the rename and the registry, the rename is already done.
func (l *Level) Fence(_ tenant.ID, p tenant.Placement) (tenant.Placement, []isolation.Statement) {
	to := p
	to.Epoch++
	to.Schema = ident.NextSchema(p.Schema, to.Epoch)
	from := ident.Quote(p.Schema)
	return to, []isolation.Statement{{SQL: "DO " + ident.Literal(
		"BEGIN IF to_regnamespace("+ident.Literal(from)+") IS NOT NULL THEN ALTER SCHEMA "+from+
			" RENAME TO "+ident.Quote(to.Schema)+"; END IF; END")}}
}
