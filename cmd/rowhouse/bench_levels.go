package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/levelbench"
	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// benchLevels measures one level after the other. Without PostgreSQL there is SQLite
// alone.
func (c *cli) benchLevels(ctx context.Context, o levelbench.Options) (all []levelbench.Figures, err error) {
	for _, kind := range []struct{ level, engine string }{
		{"row", enginePostgres}, {"schema", enginePostgres}, {"database", enginePostgres}, {"database", engineSQLite},
	} {
		if kind.engine == enginePostgres && !found() {
			c.say("%s is left out: no PostgreSQL was found", kind.level)
			continue
		}
		f, err := c.benchLevel(ctx, kind.level, kind.engine, o)
		if err != nil {
			return all, err
		}
		all = append(all, f)
	}
	return all, nil
}

// benchLevel measures an installation of its own, which it removes.
func (c *cli) benchLevel(ctx context.Context, level, engine string, o levelbench.Options) (f levelbench.Figures, err error) {
	name := level
	if engine == engineSQLite {
		name += " (SQLite)"
	}
	d := &demo{c: c, engine: engine, level: level}
	if d.folder, err = openFolder(""); err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, d.folder.close()) }()
	o.Disk, o.Memory = d.diskOfFolder, memoryOf(nil)
	if engine == enginePostgres {
		if d.cluster, err = startCluster(ctx, "", false); err != nil {
			return f, err
		}
		defer func() { err = errors.Join(err, d.stopCluster(ctx)) }()
		o.Disk, o.Memory = d.diskOfServer, memoryOf(d.cluster)
	}
	if err := d.open(ctx); err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, closing(d.house.Close())) }()
	if _, err := d.house.Migrate().Up(ctx, migrate.Options{}); err != nil {
		return f, err
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
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) { // a journal that has ended
			return nil
		}
		if err == nil {
			bytes += info.Size()
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
