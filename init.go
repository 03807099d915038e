package rowhouse

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
)

// Init prepares the main server: the registry, the ledger, the schemas for shared
// tables and extensions, no CREATE on public, and where the configuration names an
// application role, its rights. It is one transaction and may be run again at any
// time. The shared migrations are applied afterwards.
func Init(ctx context.Context, config Config) error {
	c, err := config.withDefaults()
	if err != nil {
		return err
	}
	engine, err := c.engine()
	if err == nil && engine != nil {
		err = engine.Init(ctx, c.Servers[Main].URL)
	}
	if err != nil {
		return fmt.Errorf("rowhouse: init: %w", err)
	}
	if engine != nil {
		return applyShared(ctx, c)
	}
	set := c.pools()
	defer set.Close()
	conn, err := set.Connect(ctx, Main, "")
	if err != nil {
		return fmt.Errorf("rowhouse: init: %w", err)
	}
	defer hangUp(conn)
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return install(ctx, tx, c) })
	if err != nil {
		return fmt.Errorf("rowhouse: init: %w", err)
	}
	return applyShared(ctx, c)
}

func install(ctx context.Context, tx pgx.Tx, c Config) error {
	if err := registry.NewPostgres(tx).Install(ctx); err != nil {
		return err
	}
	if err := migrate.InstallLedger(ctx, tx); err != nil {
		return err
	}
	_, err := tx.Conn().PgConn().Exec(ctx, isolation.Script(ground(c)...)).ReadAll()
	return err
}

// ground returns the statements for what exists once.
func ground(c Config) []isolation.Statement {
	plan := []isolation.Statement{
		{SQL: "CREATE SCHEMA IF NOT EXISTS " + ident.Quote(c.Schemas.Shared)},
		{SQL: "CREATE SCHEMA IF NOT EXISTS " + ident.Quote(c.Schemas.Extensions)},
		{SQL: "REVOKE CREATE ON SCHEMA public FROM PUBLIC"},
	}
	if c.AppRole == "" {
		return plan
	}
	role := ident.Quote(c.AppRole)
	plan = append(plan, appRole(c))
	plan = append(plan, isolation.Grant(c.Schemas.Shared, c.AppRole)...)
	return append(plan,
		isolation.Statement{SQL: "GRANT USAGE ON SCHEMA " + ident.Quote(c.Schemas.Extensions) + " TO " + role},
		isolation.Statement{SQL: "GRANT USAGE ON SCHEMA rowhouse TO " + role},
		isolation.Statement{SQL: "GRANT SELECT ON ALL TABLES IN SCHEMA rowhouse TO " + role},
		// A transaction across tenants is written down by whoever runs it.
		isolation.Statement{SQL: "GRANT INSERT ON rowhouse.events TO " + role},
	)
}

// applyShared runs the shared scope's migrations.
func applyShared(ctx context.Context, c Config) error {
	c.OperateOnly = true
	h, err := Open(ctx, c)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42P01" && c.RegistryQuery != "" {
		c.RegistryQuery = "" // its table comes with these migrations: there is no tenant yet
		h, err = Open(ctx, c)
	}
	if err != nil {
		return err
	}
	defer func() { _ = h.Close() }()
	_, err = h.migrate.Up(ctx, migrate.Options{SharedOnly: true})
	return err
}
