package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/isolation/row/ddl"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

const (
	rowTenants  = 1000
	rowsEach    = 1000
	commonsName = "rowhouse_bench_rows" // of the database, and of the application's role
)

// commons is a thousand tenants who share their tables in a database of their own, the
// door to them, and a plain pool of the same role.
type commons struct {
	*world
	level   *row.Level
	tenants []*tenant.Tenant
	door    *tenantpgx.DB
	plain   *pgxpool.Pool
	pools   *pools.Set
	root    *pgx.Conn // to the database in which commons are made and removed
	stop    func()
}

func newCommons(ctx context.Context, w *world) (*commons, error) {
	own := *w
	own.rounds, own.slice = 5*w.rounds, w.slice/5 // the difference is small: what else goes on must meet both sides
	c := &commons{world: &own, level: row.New(isolation.DefaultNames(), row.GrantTo(commonsName)), stop: func() {}}
	for i := range rowTenants {
		id, slug := tenant.NewID(), fmt.Sprintf("row-%04d", i)
		c.tenants = append(c.tenants, &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: c.level.Place(id, slug, "main")})
	}
	if err := c.settle(ctx); err != nil {
		return nil, errors.Join(err, c.leave(ctx))
	}
	return c, nil
}

// settle makes the database: where the bench has a server of its own, on another one
// that keeps all rows in its buffers, because reading files would cost both sides the same.
func (c *commons) settle(ctx context.Context) (err error) {
	if os.Getenv(urlVariable) == "" {
		cluster, err := pglocal.Start(ctx, pglocal.Options{Throwaway: true, Settings: map[string]string{"shared_buffers": "512MB"}})
		if err != nil {
			return err
		}
		c.url, c.stop = cluster.URL("postgres"), func() { _ = cluster.Stop(context.Background()) }
	}
	if c.root, err = pgx.Connect(ctx, c.url); err != nil {
		return err
	}
	if err := clearCommons(ctx, c.root); err != nil {
		return err
	}
	if _, err := c.root.Exec(ctx, "CREATE DATABASE "+commonsName); err != nil {
		return err
	}
	config := c.root.Config()
	config.Database = commonsName
	if c.monitor, err = pgx.ConnectConfig(ctx, config); err != nil {
		return err
	}
	return errors.Join(c.connect(), c.fill(ctx))
}

// clearCommons removes what there is of them.
func clearCommons(ctx context.Context, monitor *pgx.Conn) error {
	if _, err := monitor.Exec(ctx, "DROP DATABASE IF EXISTS "+commonsName+" WITH (FORCE)"); err != nil {
		return err
	}
	_, err := monitor.Exec(ctx, "DROP ROLE IF EXISTS "+commonsName)
	return err
}

const (
	usersTable = "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text NOT NULL)"
	fillUsers  = "INSERT INTO users SELECT g, 'row-' || g, 'name ' || g, t FROM unnest('{%s}'::uuid[]) AS t, generate_series(1, %d) AS g"
	openTwin   = "CREATE TABLE users_open (LIKE users INCLUDING ALL); INSERT INTO users_open TABLE users"
)

// fill makes the table as a migration would, and a twin without policies.
func (c *commons) fill(ctx context.Context) error {
	rewriter := &ddl.Rewriter{Schema: "pooled", Model: ddl.NewModel()}
	table, err := rewriter.Rewrite(usersTable)
	if err != nil {
		return err
	}
	begin, script := time.Now(), []string{
		"CREATE ROLE " + commonsName + " LOGIN PASSWORD '" + commonsName + "'; CREATE SCHEMA shared",
		isolation.Script(c.level.Create(c.tenants[0].Placement)...),
		"SET search_path = pooled",
	}
	script = append(script, table...)
	script = append(script, fmt.Sprintf(fillUsers, c.ids(), rowsEach), openTwin, "VACUUM ANALYZE users, users_open", "CHECKPOINT")
	for _, sql := range script {
		if _, err := c.monitor.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
	}
	fmt.Printf("%-36s %d tenants of %d rows in %v\n", "shared tables", rowTenants, rowsEach, time.Since(begin).Round(time.Second))
	return nil
}

func (c *commons) ids() string {
	ids := make([]string, len(c.tenants))
	for i, t := range c.tenants {
		ids[i] = t.ID.String()
	}
	return strings.Join(ids, ",")
}

// connect opens the door and the pool as the application's role.
func (c *commons) connect() error {
	app, err := url.Parse(c.url)
	if err != nil {
		return err
	}
	app.Path = "/" + commonsName
	operator := app.String()
	app.User = url.UserPassword(commonsName, commonsName)
	known, names := directory{}, isolation.DefaultNames()
	for _, t := range c.tenants {
		known[t.ID.String()] = t
	}
	c.pools = pools.New(map[string]pools.Server{"main": {URL: operator, AppURL: app.String()}})
	c.door = tenantpgx.New(tenantpgx.Config{
		Directory: known, Pools: c.pools, Levels: isolation.LevelsOf(c.level), Names: names, Main: "main",
	})
	config, err := pgxpool.ParseConfig(app.String())
	if err != nil {
		return err
	}
	config.ConnConfig.RuntimeParams["search_path"] = names.Path(names.Pooled)
	c.plain, err = pgxpool.NewWithConfig(context.Background(), config)
	return err
}

// leave closes and removes what there is.
func (c *commons) leave(ctx context.Context) (err error) {
	if c.plain != nil {
		c.plain.Close()
		c.pools.Close()
	}
	if c.root != nil {
		err = errors.Join(clearCommons(ctx, c.root), c.root.Close(ctx))
	}
	c.stop()
	return err
}
