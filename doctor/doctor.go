// Package doctor looks at a database that Rowhouse uses and reports what is wrong
// with it, or will be: each [Finding] comes with its remedy. It changes nothing.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Severity says how much a finding matters.
type Severity string

// The severities.
const (
	Note    Severity = "note"    // worth knowing
	Warning Severity = "warning" // will hurt some day
	Problem Severity = "problem" // hurts now
)

// Finding is one thing that is wrong.
type Finding struct {
	Severity Severity `json:"severity"`
	Check    string   `json:"check"`  // which check found it: a name for scripts
	Object   string   `json:"object"` // what it is about: a tenant, a table, a role, a host
	What     string   `json:"what"`   // what is wrong
	Remedy   string   `json:"remedy"` // what to do
}

// Check examines the servers of the configuration. The error says why it could not
// look; the findings, never nil, are what it saw.
func Check(ctx context.Context, config rowhouse.Config) ([]Finding, error) {
	if config.Servers[rowhouse.Main].URL == "" {
		return nil, rowhouse.ErrNoServer
	}
	if config.Schemas == (isolation.Names{}) {
		config.Schemas = isolation.DefaultNames()
	}
	const patience = 5 * time.Minute
	e := &exam{config: config, patience: patience, findings: []Finding{}}
	if err := e.poolers(ctx); err != nil {
		return nil, fmt.Errorf("doctor: %w", err)
	}
	conn, err := connect(ctx, direct(config.Servers[rowhouse.Main]))
	if err != nil {
		return nil, fmt.Errorf("doctor: %w", err)
	}
	defer hangUp(conn)
	e.conn = conn
	if err := e.all(ctx); err != nil {
		return nil, fmt.Errorf("doctor: %w", err)
	}
	return e.findings, nil
}

// exam is one run of the checks.
type exam struct {
	config   rowhouse.Config
	conn     *pgx.Conn
	tenants  []*tenant.Tenant // all, the deleted too
	blind    bool             // the tenants could not be read
	patience time.Duration    // with transactions that are open and idle
	findings []Finding
}

func (e *exam) found(severity Severity, check, object, remedy, what string, args ...any) {
	e.findings = append(e.findings, Finding{severity, check, object, fmt.Sprintf(what, args...), remedy})
}

// check is one thing that is looked at.
type check struct {
	name string
	run  func(context.Context) error
}

// all runs the checks of the main server. Without a registry there are no tenants
// to look at. A check that fails is a finding, and the others go on; only a
// connection that is lost ends them.
func (e *exam) all(ctx context.Context) error {
	checks := []check{{"version", e.version}, {"settings", e.settings}, {"public", e.public}, {"locks", e.sessions}}
	installed, err := e.registry(ctx)
	if err != nil {
		checks = append(checks, check{"registry", func(context.Context) error { return err }})
	}
	if installed {
		checks = append(checks, check{"scopes", e.scopes}, check{"privileges", e.appRole}, check{"homes", e.homes},
			check{"stages", e.stages}, check{"orphans", e.orphans}, check{"read-only", e.markers},
			check{"shared tables", e.pooled}, check{"rivals", e.rivals}, check{"migrations", e.migrations}, check{"hosts", e.hosts})
	}
	for _, c := range checks {
		if err := c.run(ctx); err != nil {
			if ctx.Err() != nil || e.conn.IsClosed() {
				return err
			}
			e.failed(c.name, err)
		}
	}
	return nil
}

// failed makes a finding of a check that could not look.
func (e *exam) failed(check string, err error) {
	const undefinedTable, undefinedColumn, undefinedSchema = "42P01", "42703", "3F000"
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code {
		case undefinedTable, undefinedColumn, undefinedSchema:
			e.found(Problem, check, "schema rowhouse", "restore schema rowhouse from a backup; rowhouse init does not mend it",
				"the registry is damaged: %s", pg.Message)
			return
		}
	}
	e.found(Problem, check, "server main", "correct what the message says, then run rowhouse doctor again", "this could not be examined: %v", err)
}

// registry reads the tenants, if there is a registry.
func (e *exam) registry(ctx context.Context) (installed bool, err error) {
	if err := e.conn.QueryRow(ctx, "SELECT to_regclass('rowhouse.tenants') IS NOT NULL").Scan(&installed); err != nil {
		return false, err
	}
	if !installed {
		e.found(Problem, "registry", "schema rowhouse", "run rowhouse init", "the registry is not there")
		return false, nil
	}
	if e.config.RegistryQuery != "" {
		return true, e.query(ctx)
	}
	e.tenants, err = registry.NewPostgres(e.conn).List(ctx, everybody())
	e.blind = err != nil
	return true, err
}

func everybody() registry.Filter {
	return registry.Filter{Statuses: []tenant.Status{
		tenant.Provisioning, tenant.Active, tenant.ReadOnly, tenant.Suspended, tenant.Deleting, tenant.Deleted, tenant.Failed,
	}}
}

func connect(ctx context.Context, url string) (*pgx.Conn, error) {
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return pgx.Connect(ctx, url)
}

// direct is the URL that leads past a pooler.
func direct(s rowhouse.Server) string {
	if s.Pooler != "" && s.DirectURL != "" {
		return s.DirectURL
	}
	return s.URL
}

// hangUp closes a connection whatever became of the caller's context.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
