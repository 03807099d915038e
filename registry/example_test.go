package registry_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// A registry in PostgreSQL: names are unique among the living.
func ExamplePostgres() {
	database(func(ctx context.Context, pool *pgxpool.Pool) {
		store := registry.NewPostgres(pool)
		if err := store.Install(ctx); err != nil {
			fmt.Println(err)
			return
		}
		acme := active("acme")
		fmt.Println(store.Create(ctx, acme, registry.Event{Actor: "ann", Action: "create"}))
		fmt.Println(store.Create(ctx, active("acme"), registry.Event{Actor: "bob", Action: "create"}))

		mine, theirs := acme.Clone(), acme.Clone()
		mine.Name = "Acme Inc"
		fmt.Println(store.Update(ctx, mine, registry.Event{Actor: "ann", Action: "edit"}))
		fmt.Println(errors.Is(store.Update(ctx, theirs, registry.Event{Actor: "bob", Action: "edit"}), tenant.ErrConflict))
	})
	// Output:
	// <nil>
	// registry: create acme: slug "acme" is already taken by another tenant
	// <nil>
	// true
}

// A row of the application and its tenant come into being together, or not at all.
func ExamplePostgres_WithTx() {
	database(func(ctx context.Context, pool *pgxpool.Pool) {
		store := registry.NewPostgres(pool)
		if err := store.Install(ctx); err != nil {
			fmt.Println(err)
			return
		}
		tx, err := pool.Begin(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		_, err = tx.Exec(ctx, "CREATE TABLE users (name text)")
		fmt.Println(err, store.WithTx(tx).Create(ctx, active("acme"), registry.Event{Action: "create"}))
		fmt.Println(tx.Rollback(ctx))

		_, err = store.Lookup(ctx, tenant.BySlug("acme"))
		fmt.Println(err)
	})
	// Output:
	// <nil> <nil>
	// <nil>
	// registry: slug acme: tenant not found
}

// A cache answers requests, and a watcher keeps it true.
func ExampleCache() {
	database(func(ctx context.Context, pool *pgxpool.Pool) {
		store := registry.NewPostgres(pool)
		if err := store.Install(ctx); err != nil {
			fmt.Println(err)
			return
		}
		cache := registry.NewCache(store, registry.CacheOptions{})
		defer cache.Close()
		watching, stop := context.WithCancel(ctx)
		defer stop()
		go registry.Watcher{Changes: store}.Run(watching, cache) // Connect adds LISTEN

		fmt.Println(store.Create(ctx, active("acme"), registry.Event{Action: "create"}))
		byHost, err := cache.Lookup(ctx, tenant.ByHost("acme.example.com"))
		fmt.Println(byHost.Slug, err)
		byID, err := cache.Lookup(ctx, tenant.ByID(byHost.ID))
		fmt.Println(byID.Slug, err)
	})
	// Output:
	// <nil>
	// acme <nil>
	// acme <nil>
}

// Tenants that are rows of a table that exists already.
func ExampleQuery() {
	database(func(ctx context.Context, pool *pgxpool.Pool) {
		_, err := pool.Exec(ctx, `CREATE TABLE accounts (id int, subdomain text, schema text);
			INSERT INTO accounts VALUES (7, 'acme', 'customer_7')`)
		if err != nil {
			fmt.Println(err)
			return
		}
		query, err := registry.OpenQuery(ctx, pool, "SELECT id, subdomain, schema FROM accounts",
			registry.QueryOptions{Server: "main"})
		if err != nil {
			fmt.Println(err)
			return
		}
		acme, err := query.Lookup(ctx, tenant.BySlug("acme"))
		fmt.Println(acme.ID, acme.Placement.Schema, err)
	})
	// Output:
	// a66e4c23-38ff-82f3-970a-e0e836467066 customer_7 <nil>
}

// database hands an example a pool of connections to an empty database.
func database(visit func(ctx context.Context, pool *pgxpool.Pool)) {
	var e exampleTB
	defer e.end()
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, pgtest.Database(&e))
	if err != nil {
		panic(err)
	}
	defer pool.Close()
	visit(ctx, pool)
}

// exampleTB is what pgtest needs of a test, which an example does not have.
type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (e *exampleTB) Helper()                   {}
func (e *exampleTB) Cleanup(f func())          { e.cleanups = append(e.cleanups, f) }
func (e *exampleTB) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (e *exampleTB) Errorf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }

func (e *exampleTB) end() {
	for _, f := range e.cleanups {
		f()
	}
}
