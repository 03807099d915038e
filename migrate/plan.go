package migrate

import (
	"context"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Plan says what a run would do where, what it locks and what about it is dangerous.
type Plan struct {
	Targets    []PlannedTarget // those with work: the shared scopes first, then tenants by slug
	Migrations []Forecast      // each migration that some target lacks, in the order in which they run
	Skipped    []Skipped
}

// PlannedTarget is what a run would do to one target.
type PlannedTarget struct {
	Tenant   *tenant.Tenant // nil in the shared scope
	Server   string
	Database string // empty: the server's own
	From, To int64
	Todo     []*Migration
	Err      error // why it could not be run
}

// Label is the tenant's slug, or "shared".
func (t PlannedTarget) Label() string { return Outcome{Tenant: t.Tenant}.Label() }

// Forecast is what a migration does to each of its targets, as far as its text
// tells.
type Forecast struct {
	Migration *Migration
	Targets   int
	Effects   []Effect // one for each statement; none for a Go migration
}

// Effect is what one statement does.
type Effect struct {
	Statement Statement
	Locks     []TableLock
	Rewrites  []string // tables that are written anew, every row
	Findings  []Finding
}

// TableLock is a lock that is held until the migration's transaction ends.
type TableLock struct {
	Table  string `json:"table"`
	Mode   string `json:"mode"`   // as PostgreSQL names it: ACCESS EXCLUSIVE
	Shared bool   `json:"shared"` // a shared table: everybody's
}

// The kinds of [Finding].
const (
	DataLoss   = "data-loss"   // rows or columns are gone for good
	NotNull    = "not-null"    // fails on a table that has rows
	Blocking   = "blocking"    // a large table is locked while it is read or written
	Rewrite    = "rewrite"     // a table is written anew under its strongest lock
	SharedLock = "shared-lock" // a table of all tenants is locked, once for each of them
	Unseen     = "unseen"      // code that cannot be read from the outside
)

// Finding is something to think about before the run.
type Finding struct {
	Kind string `json:"kind"`
	Text string `json:"text"` // what happens, and what to do instead
}

// PlanOptions select what is planned.
type PlanOptions struct {
	Options
	Large int64 // rows from which on a table counts as large; 0 means 100,000
}

// Plan finds out what [Runner.Up] would do, and changes nothing. Table sizes are
// those of the largest tenant, by the server's own estimates.
func (r *Runner) Plan(ctx context.Context, o PlanOptions) (*Plan, error) {
	f, err := r.survey(ctx, o.Options, false)
	if err != nil {
		return nil, err
	}
	if f.misfit != nil {
		return nil, f.misfit
	}
	u := &upRun{r: r, o: o.Options, f: f, jobs: map[*target]*job{}}
	if err := u.plan(); err != nil {
		return nil, err
	}
	p := &Plan{Skipped: f.skipped}
	p.targets(u.selected())
	sizes, err := r.sizes(ctx, u)
	if err != nil {
		return nil, err
	}
	p.forecast(u, &reader{shared: relations(r.c.Shared, r.c.Names.Shared), made: map[string]bool{}, sizes: sizes, large: o.large(), home: r.c.Names.Shared})
	return p, nil
}

func (o PlanOptions) large() int64 {
	const usual = 100_000
	if o.Large > 0 {
		return o.Large
	}
	return usual
}

func (p *Plan) targets(jobs []*job) {
	for _, j := range jobs {
		if len(j.todo) == 0 && j.err == nil {
			continue
		}
		t := PlannedTarget{Tenant: j.target.tenant, Server: j.target.home.server, Database: j.target.home.database,
			From: j.have.head, To: j.have.head, Todo: j.todo, Err: j.err}
		if len(j.todo) > 0 {
			t.To = j.goal()
		}
		p.Targets = append(p.Targets, t)
	}
}

func (p *Plan) forecast(u *upRun, read *reader) {
	targets := map[*Migration]int{}
	for _, t := range p.Targets {
		for _, m := range t.Todo {
			targets[m]++
		}
	}
	for _, s := range u.r.stages {
		for _, m := range s.migrations {
			if n := targets[m]; n > 0 {
				p.Migrations = append(p.Migrations, read.migration(m, n))
			}
		}
	}
}
