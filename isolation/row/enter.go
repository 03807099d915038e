package row

import (
	"strconv"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// enterMigrator sets, locks and verifies, in this order and in one statement.
//
//   - pg_advisory_xact_lock_shared waits for whoever moves or deletes the tenant.
//   - pg_relation_is_updatable opens a catalog table, which makes the backend read
//     the invalidations that arrived while it waited: a warm catalog cache would
//     still know no mark of the next epoch.
//   - The failing casts carry the reason to the caller as SQLSTATE 22P02. Each has
//     something in it that is known only when it runs: what is made of constants alone
//     would fail in the planner already.
const enterMigrator = `SELECT set_config('search_path', $1, true),
 set_config('` + Setting + `', $2, true),
 pg_advisory_xact_lock_shared($3::text::bigint),
 pg_relation_is_updatable('pg_catalog.pg_namespace'::regclass, false),
 CASE WHEN has_schema_privilege($4::text::regnamespace, 'USAGE') THEN 1 ELSE (current_user || ' has no USAGE on schema ' || $4)::int END,
 CASE WHEN to_regnamespace($5) IS NULL THEN 1 ELSE (current_setting('` + Setting + `') || ' has left its epoch: there is ' || $5)::int END`

// enter does the same, makes the transaction read-only where the marker schema
// exists, and fails with [isolation.StateBypass] where the role would see everybody's rows.
const enter = enterMigrator + `,
 CASE WHEN to_regnamespace($6) IS NULL THEN '' ELSE set_config('transaction_read_only', 'on', true) END,
 CASE WHEN row_security_active('` + Guard + `'::text::regclass) THEN NULL ELSE (current_user || ' bypasses row-level security')::date END`

// Enter plans the entering statement.
func (l *Level) Enter(id tenant.ID, p tenant.Placement) isolation.Statement {
	s := l.EnterMigrator(id, p)
	return isolation.Statement{SQL: enter, Args: append(s.Args, ident.Quote(ident.ReadOnlyMarker(id)))}
}

// EnterMigrator plans the entering statement for operations, whose role may be one
// that bypasses the policies, also in a tenant that is read-only.
func (l *Level) EnterMigrator(id tenant.ID, p tenant.Placement) isolation.Statement {
	return isolation.Statement{SQL: enterMigrator, Args: []string{
		l.names.Path(p.Schema),
		id.String(),
		strconv.FormatInt(ident.LockKey(id), 10),
		ident.Quote(p.Schema),
		ident.Quote(ident.EpochMarker(id, p.Epoch+1)),
	}}
}

// EnterPool plans the entering statement for migrations of the tables themselves:
// they are nobody's, so no tenant is set.
func (l *Level) EnterPool(p tenant.Placement) isolation.Statement {
	return isolation.Statement{
		SQL:  "SELECT set_config('search_path', $1, true), set_config('" + Setting + "', '', true)",
		Args: []string{l.names.Path(p.Schema)},
	}
}

// Fence plans a mark of the next epoch; the rows stay. Whoever waited for the lock,
// and whoever comes later as of the epoch before, finds the mark. Marks are kept when
// the rows go: a process that has not heard of it must not write any.
func (l *Level) Fence(id tenant.ID, p tenant.Placement) (tenant.Placement, []isolation.Statement) {
	p.Epoch++
	return p, []isolation.Statement{{SQL: "CREATE SCHEMA IF NOT EXISTS " + ident.Quote(ident.EpochMarker(id, p.Epoch))}}
}

// Create plans the empty schema, the guard, and the application's rights. TRUNCATE is
// not among them.
func (l *Level) Create(p tenant.Placement) []isolation.Statement {
	plan := []isolation.Statement{
		{SQL: "CREATE SCHEMA IF NOT EXISTS " + ident.Quote(p.Schema)},
		{SQL: "CREATE SCHEMA IF NOT EXISTS rowhouse"},
		{SQL: "DO " + ident.Literal(makeGuard)},
	}
	if l.role == "" {
		return plan
	}
	plan = append(plan, isolation.Grant(p.Schema, l.role)...)
	return append(plan, isolation.Statement{SQL: "GRANT USAGE ON SCHEMA rowhouse TO " + ident.Quote(l.role)})
}

// makeGuard changes nothing where the guard is there: a lock on it would be waited
// for by everybody who enters.
const makeGuard = `BEGIN IF to_regclass('` + Guard + `') IS NULL THEN CREATE TABLE ` + Guard +
	` (); ALTER TABLE ` + Guard + ` ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; END IF; END`
