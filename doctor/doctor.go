// Package doctor looks at a database that Rowhouse uses and reports what is wrong
// with it, or will be: each [Finding] comes with its remedy. It changes nothing.
package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

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
	patience time.Duration    // with transactions that are open and idle
	findings []Finding
}

func (e *exam) found(severity Severity, check, object, remedy, what string, args ...any) {
	e.findings = append(e.findings, Finding{severity, check, object, fmt.Sprintf(what, args...), remedy})
}

// all runs the checks of the main server. Without a registry there are no tenants
// to look at.
func (e *exam) all(ctx context.Context) error {
	checks := []func(context.Context) error{e.version, e.public, e.sessions}
	installed, err := e.registry(ctx)
	if err != nil {
		return err
	}
	if installed {
		checks = append(checks, e.scopes, e.appRole, e.homes, e.stages, e.orphans, e.markers, e.migrations, e.hosts)
	}
	for _, check := range checks {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
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
	e.tenants, err = registry.NewPostgres(e.conn).List(ctx, registry.Filter{Statuses: []tenant.Status{
		tenant.Provisioning, tenant.Active, tenant.ReadOnly, tenant.Suspended, tenant.Deleting, tenant.Deleted, tenant.Failed,
	}})
	return true, err
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
