package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/migrate"
)

func (c *cli) migratePlan() *cobra.Command {
	var (
		m migration
		o migrate.PlanOptions
	)
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what up would run where, what it locks and what about it is dangerous",
		Long: `Show what up would run where, which locks its statements take, which tables they
write anew, and what to think about before: lost data, a NOT NULL column without a
default, an index that locks a large table, a type change that writes a table anew,
a shared table locked once for each tenant. The findings come from the text of the
statements and from the server's estimates of the tables' sizes; nothing is run.`,
		Example: "  rowhouse migrate plan\n  rowhouse migrate plan --where ring=canary --large 1000000 --json",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.plan(cmd.Context(), &m, o)
		},
	}
	m.flags(cmd, c, 4)
	m.sharedFlag(cmd, "only the shared scope")
	cmd.Flags().Int64Var(&o.To, "to", 0, "as far as this `version` (default: the newest)")
	cmd.Flags().BoolVar(&o.AllowMissing, "allow-missing", false, "with files that are older than what was applied already")
	cmd.Flags().Int64Var(&o.Large, "large", 100_000, "a table with this many `rows` is large")
	return cmd
}

func (c *cli) plan(ctx context.Context, m *migration, o migrate.PlanOptions) error {
	if err := m.check(); err != nil {
		return err
	}
	return c.within(ctx, func(h *rowhouse.House) (err error) {
		if o.Filter, err = m.filter(ctx, h); err != nil {
			return err
		}
		o.SharedOnly, o.Workers = m.shared, m.workers
		p, err := h.Migrate().Plan(ctx, o)
		if err != nil {
			return err
		}
		for _, s := range p.Skipped {
			c.warn("skipped %s: it %s", s.Tenant.Slug, s.Reason)
		}
		if len(p.Targets) == 0 && !c.json {
			c.say("nothing to do")
		}
		return c.emit(viewOfPlan(p), func(w io.Writer) error { return viewOfPlan(p).write(w) })
	})
}

// planView is a plan as --json shows it.
type planView struct {
	Targets    []plannedTarget    `json:"targets"`
	Migrations []plannedMigration `json:"migrations"`
}

type plannedTarget struct {
	Target string   `json:"target"` // the slug, or "shared"
	From   int64    `json:"from"`
	To     int64    `json:"to"`
	Files  []string `json:"files"`
	Error  string   `json:"error"`
}

type plannedMigration struct {
	File       string             `json:"file"`
	Scope      migrate.Scope      `json:"scope"`
	Targets    int                `json:"targets"`
	Statements []plannedStatement `json:"statements"`
}

type plannedStatement struct {
	Line     int                 `json:"line"`
	SQL      string              `json:"sql"`
	Locks    []migrate.TableLock `json:"locks"`
	Rewrites []string            `json:"rewrites"`
	Findings []migrate.Finding   `json:"findings"`
}

func viewOfPlan(p *migrate.Plan) planView {
	v := planView{Targets: []plannedTarget{}, Migrations: []plannedMigration{}}
	for _, t := range p.Targets {
		one := plannedTarget{Target: t.Label(), From: t.From, To: t.To, Files: []string{}, Error: textOfError(t.Err)}
		for _, m := range t.Todo {
			one.Files = append(one.Files, m.String())
		}
		v.Targets = append(v.Targets, one)
	}
	for _, f := range p.Migrations {
		one := plannedMigration{File: f.Migration.String(), Scope: f.Migration.Scope, Targets: f.Targets, Statements: []plannedStatement{}}
		for _, e := range f.Effects {
			one.Statements = append(one.Statements, plannedStatement{
				Line: e.Statement.Line, SQL: e.Statement.SQL,
				Locks: append([]migrate.TableLock{}, e.Locks...), Rewrites: append([]string{}, e.Rewrites...), Findings: append([]migrate.Finding{}, e.Findings...),
			})
		}
		v.Migrations = append(v.Migrations, one)
	}
	return v
}

// write prints the targets, those with the same work in one line, then each file.
func (v planView) write(w io.Writer) error {
	var b strings.Builder
	for _, line := range v.lines() {
		b.WriteString(line + "\n")
	}
	for _, m := range v.Migrations {
		fmt.Fprintf(&b, "\n%s (%d target(s))\n", visible(m.File), m.Targets)
		for _, s := range m.Statements {
			s.write(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (v planView) lines() (lines []string) {
	type work struct {
		from, to int64
		files    string
		shared   bool
	}
	at, names := map[work]int{}, [][]string{}
	var order []work
	for _, t := range v.Targets {
		if t.Error != "" {
			lines = append(lines, t.Target+": "+visible(t.Error))
			continue
		}
		key := work{t.From, t.To, visible(strings.Join(t.Files, ", ")), t.Target == "shared"}
		if _, ok := at[key]; !ok {
			at[key] = len(names)
			names, order = append(names, nil), append(order, key)
		}
		names[at[key]] = append(names[at[key]], t.Target)
	}
	for i, key := range order {
		lines = append(lines, fmt.Sprintf("%s: %d → %d: %s", some(names[i]), key.from, key.to, key.files))
	}
	return lines
}

// some lists a few names and counts the rest.
func some(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func (s plannedStatement) write(b *strings.Builder) {
	fmt.Fprintf(b, "  line %d: %s\n", s.Line, visible(clip(strings.Join(strings.Fields(s.SQL), " "))))
	for _, l := range s.Locks {
		kind := ""
		if l.Shared {
			kind = "shared table "
		}
		fmt.Fprintf(b, "    locks %s%s (%s)\n", kind, visible(l.Table), l.Mode)
	}
	for _, f := range s.Findings {
		fmt.Fprintf(b, "    %s: %s\n", f.Kind, visible(f.Text))
	}
}
