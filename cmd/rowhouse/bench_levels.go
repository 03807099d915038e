package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/levelbench"
	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// benchLevels measures one level after the other. Without PostgreSQL there is SQLite
// alone.
func (c *cli) benchLevels(ctx context.Context, only []string, o levelbench.Options) (all []levelbench.Figures, err error) {
	for _, kind := range []struct{ name, level, engine string }{
		{"row", "row", enginePostgres}, {"schema", "schema", enginePostgres}, {"database", "database", enginePostgres},
		{"database (SQLite)", "database", engineSQLite}, {"silo", "silo", enginePostgres},
	} {
		if len(only) > 0 && !slices.Contains(only, kind.level) {
			continue
		}
		if kind.engine == enginePostgres && !found() {
			c.say("%s is left out: no PostgreSQL was found", kind.name)
			continue
		}
		f, err := c.benchLevel(ctx, kind.name, &demo{c: c, engine: kind.engine, level: kind.level}, o)
		if err != nil {
			return all, err
		}
		all = append(all, f)
	}
	return all, nil
}

// benchLevel measures an installation of its own, which it removes.
func (c *cli) benchLevel(ctx context.Context, name string, d *demo, o levelbench.Options) (f levelbench.Figures, err error) {
	if d.folder, err = openFolder(""); err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, d.folder.close()) }()
	if d.engine == enginePostgres {
		if d.cluster, err = startCluster(ctx, "", false); err != nil {
			return f, err
		}
		defer func() { err = errors.Join(err, d.stopCluster(ctx)) }()
	}
	vacate, err := d.occupy(ctx)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, vacate()) }()
	if err := d.open(ctx); err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, closing(d.house.Close())) }()
	if _, err := d.house.Migrate().Up(ctx, migrate.Options{}); err != nil {
		return f, err
	}
	return d.measure(ctx, name, o)
}

// measure is [levelbench.Measure] with what the demo's level and engine need.
func (d *demo) measure(ctx context.Context, name string, o levelbench.Options) (f levelbench.Figures, err error) {
	ask, end, err := d.askable(ctx, o.Workers)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, end()) }()
	o.Ask = ask
	switch {
	case d.level == string(tenant.Silo):
		o = d.ofSilos(o)
	case d.engine == enginePostgres:
		o.Disk, o.Memory = d.diskOfServer, memoryOf(d.cluster)
	default:
		o.Disk, o.Memory = d.diskOfFolder, memoryOf(nil)
	}
	return levelbench.Measure(ctx, d.house, name, o)
}

// diskOfServer is the size of all databases.
func (d *demo) diskOfServer(ctx context.Context) (bytes int64, err error) {
	conn, err := pgx.Connect(ctx, d.cluster.URL("postgres"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	return bytes, conn.QueryRow(ctx, "SELECT sum(pg_database_size(oid))::bigint FROM pg_database").Scan(&bytes)
}

// diskOfFolder is the size of the files in the demo's folder.
func (d *demo) diskOfFolder(context.Context) (bytes int64, err error) {
	err = filepath.WalkDir(d.folder.path, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			var info fs.FileInfo
			if info, err = entry.Info(); err == nil {
				bytes += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) { // what ended meanwhile, such as a journal
			return nil
		}
		return err
	})
	return bytes, err
}

// memoryOf returns what measures the memory that the server's processes, or without
// one this process, have for themselves. It is nil where the system does not tell.
func memoryOf(cluster *pglocal.Cluster) func(context.Context) (int64, error) {
	return ownMemory(func() int {
		if cluster == nil {
			return 0
		}
		return cluster.PID()
	})
}
