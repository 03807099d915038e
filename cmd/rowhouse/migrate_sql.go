package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	rows "github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// scripting is the flags of migrate up --sql.
type scripting struct {
	on      bool
	from    int64
	tenants string // file
}

// writeSQL prints the run as a script for psql. With a list of tenants it connects
// to nothing.
func (c *cli) writeSQL(ctx context.Context, o *rollout) error {
	if err := o.scriptable(); err != nil {
		return err
	}
	sql := migrate.SQLOptions{SharedOnly: o.shared, To: o.to, From: o.sql.from, Limits: o.limits}
	if o.sql.tenants != "" {
		return c.writeOffline(ctx, o, sql)
	}
	return c.within(ctx, func(h *rowhouse.House) (err error) {
		if sql.Filter, err = o.filter(ctx, h); err != nil {
			return err
		}
		return h.Migrate().WriteSQL(ctx, c.out, sql)
	})
}

// scriptable refuses what a script does not do.
func (o *rollout) scriptable() error {
	if o.dryRun || o.atomic || len(o.rings)+o.haltAfter > 0 || o.limits.Tries > 0 {
		return usagef("--sql writes a script and runs nothing: leave out --dry-run, --atomic, --ring, --halt-after and --lock-tries")
	}
	if o.sql.tenants != "" && len(o.where) > 0 {
		return usagef("--tenants FILE is the fleet: write only the tenants that you mean into it, or name some with --tenant")
	}
	return o.check()
}

func (c *cli) writeOffline(ctx context.Context, o *rollout, sql migrate.SQLOptions) (err error) {
	if sql.Tenants, err = readTenants(o.sql.tenants); err != nil {
		return err
	}
	sql.Filter = registry.Filter{Slugs: o.slugs}
	r, err := c.offlineRunner()
	if err != nil {
		return err
	}
	return r.WriteSQL(ctx, c.out, sql)
}

// readTenants reads what tenant list --json writes.
func readTenants(path string) ([]*tenant.Tenant, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("--tenants: %v", err)
	}
	var views []view
	if err := json.Unmarshal(text, &views); err != nil {
		return nil, usagef("--tenants %s: %v; write it with rowhouse tenant list --json", path, err)
	}
	tenants := make([]*tenant.Tenant, 0, len(views))
	for _, v := range views {
		if err := ident.Slug(v.Slug); err != nil {
			return nil, fmt.Errorf("--tenants %s: %w", path, err)
		}
		tenants = append(tenants, &tenant.Tenant{
			ID: v.ID, Slug: v.Slug, Status: v.Status, Version: v.Version, Labels: v.Labels,
			Placement: tenant.Placement{Level: v.Isolation, Server: v.Server, Database: v.Database, Schema: v.Schema},
		})
	}
	return tenants, nil
}

// offlineRunner reads the configuration and the files and has no server to go to.
func (c *cli) offlineRunner() (*migrate.Runner, error) {
	config, _, err := c.readConfig()
	if err != nil {
		return nil, err
	}
	shared, err1 := loadScope(config.Migrations.Shared, migrate.Shared)
	tenants, err2 := loadScope(config.Migrations.Tenant, migrate.Tenant)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if err := needPostgres(config, "migrate up --sql"); err != nil {
		return nil, err
	}
	if config.Schemas == (isolation.Names{}) {
		config.Schemas = isolation.DefaultNames()
	}
	levels := []isolation.Level{
		rows.New(config.Schemas, rows.GrantTo(config.AppRole)), schema.New(config.Schemas, schema.GrantTo(config.AppRole)),
	}
	for _, level := range config.Levels {
		levels = append(levels, level(isolation.Settings{Names: config.Schemas, AppRole: config.AppRole}))
	}
	return migrate.New(migrate.Config{
		Shared: shared, Tenant: tenants, Main: rowhouse.Main, Names: config.Schemas, Conns: nowhere{},
		Levels: isolation.LevelsOf(levels...),
	})
}

func loadScope(folder fs.FS, scope migrate.Scope) (migrate.Source, error) {
	if folder == nil {
		return nil, nil
	}
	source, err := migrate.Load(folder, ".", scope)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return source, err
}

// nowhere is for work that must not connect.
type nowhere struct{}

func (nowhere) Connect(context.Context, string, string) (*pgx.Conn, error) {
	return nil, errors.New("this command does not connect")
}
