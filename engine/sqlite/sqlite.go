// Package sqlite makes SQLite an engine of Rowhouse: a file for each tenant, a file
// for the shared tables and one for the registry, in one folder.
//
//	house, err := rowhouse.Open(ctx, rowhouse.Config{
//		Servers: map[string]rowhouse.Server{rowhouse.Main: {Engine: "sqlite", URL: "./data"}},
//		Engines: []rowhouse.Engine{sqlite.Engine{}},
//	})
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/rowhouse-go/rowhouse"
	files "github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/registry/sqlitestore"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantsql/sqlitedoor"
)

// Engine is a [rowhouse.Engine].
type Engine struct {
	// Conns bounds the connections that are open at a time; 0 is 64.
	Conns int
}

var _ rowhouse.Engine = Engine{}

// Name returns sqlite.
func (Engine) Name() string { return "sqlite" }

// Init implements [rowhouse.Engine]. url is a folder.
func (Engine) Init(ctx context.Context, url string) error {
	if err := files.Init(ctx, url); err != nil {
		return err
	}
	store, err := sqlitestore.Open(files.RegistryFile(url))
	if err != nil {
		return err
	}
	return errors.Join(store.Install(ctx), store.Close())
}

// Open implements [rowhouse.Engine].
func (e Engine) Open(ctx context.Context, url string) (*rowhouse.Ground, error) {
	if _, err := os.Stat(files.RegistryFile(url)); errors.Is(err, fs.ErrNotExist) {
		return nil, rowhouse.ErrNotInstalled
	}
	homes, err := files.Open(url, files.Options{Conns: e.Conns})
	if err != nil {
		return nil, err
	}
	store, err := open(ctx, homes.RegistryFile())
	if err != nil {
		homes.Close()
		return nil, err
	}
	return &rowhouse.Ground{
		Store: store, Level: files.Level{}, Lifecycle: homes, Migrations: homes,
		SQL:     func(cache *registry.Cache) *sql.DB { return sqlitedoor.Open(homes, cache) },
		Environ: func(t *tenant.Tenant) ([]string, error) { return environ(homes, t) },
		Close: func() error {
			homes.Close()
			return store.Close()
		},
	}, nil
}

func open(ctx context.Context, file string) (*sqlitestore.Store, error) {
	store, err := sqlitestore.Open(file)
	if err != nil {
		return nil, err
	}
	there, err := store.Installed(ctx)
	if err == nil && !there {
		err = rowhouse.ErrNotInstalled
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// environ tells a program of its own where the tenant's file is. Whoever opens it that
// way is not held back by a fence.
func environ(homes *files.Homes, t *tenant.Tenant) ([]string, error) {
	file, err := homes.File(t)
	if err != nil {
		return nil, fmt.Errorf("tenant %s: %w", t.Slug, err)
	}
	return []string{
		"DATABASE_URL=sqlite:" + file,
		"ROWHOUSE_FILE=" + file,
		"ROWHOUSE_TENANT=" + t.Slug,
		"ROWHOUSE_TENANT_ID=" + t.ID.String(),
	}, nil
}
