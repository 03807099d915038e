package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/migrate/diff"
)

func (c *cli) migrateDiff() *cobra.Command {
	shared, concurrently := false, false
	cmd := &cobra.Command{
		Use:   "diff NAME",
		Short: "Write the next migration from what the models say",
		Long: `Compare the models that rowhouse.yaml names with what the migrations make, both in
scratch databases that are removed at the end, and write the next migration, up and
down. No tenant is needed, and none is touched. Where there is nothing to do, no
file is written. Read the file before it runs: hazards are comments in it. What
could not be written is said there and here (exit code 4 where nothing could be
written at all).`,
		Example: "  rowhouse migrate diff add_emails\n  rowhouse migrate diff add_plans --shared\n  rowhouse migrate diff add_index --concurrently",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			scope := migrate.Tenant
			if shared {
				scope = migrate.Shared
			}
			r, err := c.nextMigration(cmd.Context(), scope, concurrently, args[0])
			if err != nil {
				return err
			}
			return c.emitDiff(r)
		},
	}
	cmd.Flags().BoolVar(&shared, "shared", false, "a migration of the shared tables")
	cmd.Flags().BoolVar(&concurrently, "concurrently", false, "build indexes in a file of its own that keeps no writer out")
	return cmd
}

func (c *cli) nextMigration(ctx context.Context, scope migrate.Scope, concurrently bool, name string) (*diff.Result, error) {
	p, err := c.history()
	if err != nil {
		return nil, err
	}
	defer p.close()
	models := p.config.Models.Tenant
	if scope == migrate.Shared {
		models = p.config.Models.Shared
	}
	if models == "" {
		return nil, usagef("no models of the %s scope: write models: {%s: schema/%s.sql} into rowhouse.yaml and, into that file, the CREATE statements of the tables as they should be", scope, scope, scope)
	}
	folder, err := c.migrationFolder(scope == migrate.Shared)
	if err != nil {
		return nil, err
	}
	return diff.Next(ctx, diff.Config{
		Scope: scope, Desired: diff.Models(models), Shared: p.shared, Tenant: p.tenant,
		Names: p.config.Schemas, Both: p.config.Both, Dir: folder, Conns: p.conns, Main: rowhouse.Main, Concurrently: concurrently,
	}, name)
}

// history is a configuration and its migrations, for work that needs no registry.
type history struct {
	config         rowhouse.Config
	shared, tenant migrate.Source
	conns          *pools.Set
}

func (p *history) close() { p.conns.Close() }

func (c *cli) history() (p *history, err error) {
	p = &history{}
	if p.config, err = c.settings(); err != nil {
		return nil, err
	}
	if err := needPostgres(p.config, "migrate diff or verify"); err != nil {
		return nil, err
	}
	main := p.config.Servers[rowhouse.Main]
	if main.URL == "" {
		return nil, rowhouse.ErrNoServer
	}
	if p.shared, err = loadScope(p.config.Migrations.Shared, migrate.Shared); err != nil {
		return nil, err
	}
	if p.tenant, err = loadScope(p.config.Migrations.Tenant, migrate.Tenant); err != nil {
		return nil, err
	}
	p.conns = pools.New(map[string]pools.Server{rowhouse.Main: {URL: main.URL, Pooler: main.Pooler, DirectURL: main.DirectURL}})
	return p, nil
}

// diffView is what diff found, as --json shows it.
type diffView struct {
	Files []string `json:"files"`
	Left  []string `json:"left"`      // what the files do not settle
	Down  []string `json:"down_left"` // what taking them back would leave
}

func (c *cli) emitDiff(r *diff.Result) error {
	v := diffView{Files: []string{}, Left: texts(r.Gaps), Down: []string{}}
	for _, f := range r.Files {
		v.Files = append(v.Files, f.Path)
		v.Down = append(v.Down, texts(f.DownGaps())...)
	}
	err := c.emit(v, func(w io.Writer) error {
		for _, path := range v.Files {
			if _, err := fmt.Fprintln(w, "made", path); err != nil {
				return err
			}
		}
		return nil
	})
	for _, left := range v.Left {
		c.warn("not in the file, write it by hand: %s", left)
	}
	for _, left := range v.Down {
		c.warn("not taken back by the Down part: %s", left)
	}
	for _, problem := range r.Problems {
		c.warn("%s", problem)
	}
	switch {
	case err != nil:
		return err
	case r.Nothing():
		c.say("nothing to do: the migrations make what the models say")
	case len(r.Files) == 0:
		return errFound
	}
	return nil
}

func texts(all []catalog.Difference) []string {
	out := []string{}
	for _, d := range all {
		out = append(out, d.String())
	}
	return out
}
