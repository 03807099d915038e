// Package row plans the row level: all tenants share one set of tables in the schema
// that the configuration calls pooled, and row-level security decides which rows a
// statement sees. Every table carries the column tenant_id, which leads its keys; the
// policies compare it with the setting [Setting], which entering a tenant sets for
// the transaction alone.
package row

import (
	"errors"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Column is the column that says whose a row is.
const Column = "tenant_id"

// Setting is the transaction-local setting that the policies read. It is unknown or
// empty outside a tenant, and neither is a tenant's id: whoever reads a table there
// gets an error, not rows.
const Setting = "rowhouse.tenant"

// Guard is a table without columns on which row-level security is forced. Whether it
// is active there says whether the current role is subject to policies at all.
const Guard = "rowhouse.row_guard"

// Level is the row level. The zero value is not usable: see [New].
type Level struct {
	names isolation.Names
	role  string
}

// Option changes what [New] returns.
type Option func(*Level)

// GrantTo names the application's role: it reads and writes rows, is subject to the
// policies, and may not TRUNCATE, which ignores them.
func GrantTo(role string) Option {
	return func(l *Level) { l.role = role }
}

// New returns the row level for the configured names.
func New(names isolation.Names, options ...Option) *Level {
	l := &Level{names: names}
	for _, o := range options {
		o(l)
	}
	return l
}

var _ isolation.Level = (*Level)(nil)

// Name returns [tenant.Row].
func (l *Level) Name() tenant.Level { return tenant.Row }

// Role returns the application's role; empty where none was named.
func (l *Level) Role() string { return l.role }

// ErrNoRole: tenants share their tables, and the configuration names no role that is
// subject to row-level security.
var ErrNoRole = errors.New("the row level needs a role for the application: make one with rowhouse init --app-role ROLE, write app_role: ROLE into rowhouse.yaml, and set servers.main.app_url to the URL of that role")

// Ready returns [ErrNoRole] where no role was named: no tenant can be made then.
func (l *Level) Ready() error {
	if l.role == "" {
		return ErrNoRole
	}
	return nil
}

// Place puts a tenant among the others.
func (l *Level) Place(_ tenant.ID, _, server string) tenant.Placement {
	return tenant.Placement{Level: tenant.Row, Server: server, Schema: l.names.Pooled, Epoch: 1}
}

// Capabilities says what shared tables can do.
func (l *Level) Capabilities() isolation.Capabilities {
	return isolation.Capabilities{
		Transactions:    isolation.Yes(),
		CopyAsInserts:   true,
		CopyFrom:        isolation.With("sent as inserts, since PostgreSQL has no COPY FROM under row-level security"),
		Prepared:        isolation.Yes(),
		SharedTables:    isolation.Yes(),
		SharedKeys:      isolation.Yes(),
		Across:          isolation.With("tenants of one database"),
		OwnMigrations:   isolation.No("the tables belong to all tenants: `pooled` is one member of the fleet"),
		Fence:           isolation.Yes(),
		ReadOnly:        isolation.Yes(),
		Restore:         isolation.Yes(),
		ConflictColumns: isolation.No("unique keys begin with the tenant: name the constraint, `ON CONFLICT ON CONSTRAINT polls_pkey`"),
		GroupByKey:      isolation.No("the primary key has the tenant too: group by all columns that are selected"),
		Truncate:        isolation.No("TRUNCATE ignores policies and would empty every tenant: use DELETE"),
		Materialized:    isolation.No("a materialized view has no policies: use a view"),
	}
}
