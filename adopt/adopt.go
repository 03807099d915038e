package adopt

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Config is what an [Adopter] works with.
type Config struct {
	URL     string          // of the main server's database, past any pooler; the role owns what is adopted
	Server  string          // the main server's name in placements
	Names   isolation.Names // the zero value means the default names
	AppRole string          // gets rights on the tenant's tables; may be empty
	// SharedDir and TenantDir are the folders of the migrations.
	SharedDir, TenantDir string
	Actor                string        // who is written into events
	Bases                []string      // hosts below which no domain may be
	Patience             time.Duration // how long to try to lock the tables; 0 is 30 seconds
}

// Options say what becomes of a database.
type Options struct {
	Slug    string   // of the tenant
	Name    string   // empty: the slug
	From    []string // schemas whose objects are adopted; empty: public
	Shared  []string // tables, views or sequences that become shared
	Domains []string // the first is primary
	// Stamp, where not 0, says that the migrations up to this version already make
	// these tables; then no file is written.
	Stamp  int64
	DryRun bool
}

// Report is what was done, or with [Options.DryRun] what would be.
type Report struct {
	Tenant   *tenant.Tenant
	Already  bool      // an earlier run did it all
	Plan     []string  // the statements that move everything
	Findings []Finding // with DryRun also what is refused
	Files    []string  // the migration files, written unless DryRun
}

// Adopter adopts databases.
type Adopter struct {
	c     Config
	level *schema.Level
}

// New returns an adopter.
func New(c Config) *Adopter {
	if c.Names == (isolation.Names{}) {
		c.Names = isolation.DefaultNames()
	}
	if c.Patience == 0 {
		c.Patience = 30 * time.Second
	}
	return &Adopter{c: c, level: schema.New(c.Names, schema.GrantTo(c.AppRole))}
}

// Run makes a single-tenant database's content a tenant. Killed in the middle, it is
// run again: it finds nothing done, or says that all is done.
//
// Errors: [*RefusedError] for what cannot be adopted, [*UnequalError] where the
// migrations do not make what is there, [tenant.ErrExists] where the slug or a host
// is taken, [*tenant.InvalidError] for a bad slug, host or name.
func (a *Adopter) Run(ctx context.Context, o Options) (*Report, error) {
	report, err := a.run(ctx, o)
	if err != nil {
		return report, fmt.Errorf("adopt: %w", err)
	}
	return report, nil
}

func (a *Adopter) run(ctx context.Context, o Options) (*Report, error) {
	t, err := a.newborn(&o)
	if err != nil {
		return nil, err
	}
	conn, err := a.connect(ctx, "")
	if err != nil {
		return nil, err
	}
	defer hangUp(conn)
	if done, err := adopted(ctx, conn, o); done != nil || err != nil {
		return done, err
	}
	p, err := a.plan(ctx, conn, o, t.Placement.Schema)
	if err != nil {
		return nil, err
	}
	report := &Report{Tenant: t, Plan: p.statements(), Findings: p.findings}
	if err := refusal(p.findings); err != nil {
		return report, err
	}
	return report, a.adopt(ctx, conn, o, p, report)
}

// adopt rehearses the plan on a copy and then carries it out.
func (a *Adopter) adopt(ctx context.Context, conn *pgx.Conn, o Options, p *plan, report *Report) error {
	m, err := a.rehearse(ctx, conn, o, p, report.Tenant)
	if err != nil {
		return err
	}
	report.Files = m.paths()
	if o.DryRun {
		return nil
	}
	keep, err := m.write()
	if err != nil {
		return err
	}
	if err := a.move(ctx, conn, o, p, m, report.Tenant); err != nil {
		return keep.undo(err)
	}
	return nil
}

// newborn checks the options and makes the record.
func (a *Adopter) newborn(o *Options) (*tenant.Tenant, error) {
	if len(o.From) == 0 {
		o.From = []string{"public"}
	}
	if o.Name == "" {
		o.Name = o.Slug
	}
	if err := ident.Slug(o.Slug); err != nil {
		return nil, err
	}
	domains, err := a.domains(o.Domains)
	if err != nil {
		return nil, err
	}
	id := tenant.NewID()
	return &tenant.Tenant{
		ID: id, Slug: o.Slug, Name: o.Name, Status: tenant.Active, Domains: domains,
		Placement: a.level.Place(id, o.Slug, a.c.Server),
	}, nil
}
