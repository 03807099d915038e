package migrate

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// versionTable is where another tool keeps what it applied to a schema. The zero
// value is none.
type versionTable struct {
	name  string // quoted, with its schema
	goose bool   // otherwise golang-migrate
}

const tablesQuery = `SELECT n.nspname, bool_or(a.attname = 'version_id'), bool_or(a.attname = 'dirty')
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relname = $1 AND n.nspname = ANY ($2) AND c.relkind IN ('r', 'p') GROUP BY n.nspname`

// versionTables finds the version tables in the schemas of the jobs: one query.
func (r *Runner) versionTables(ctx context.Context, tx pgx.Tx, table string, jobs []*job) (map[string]versionTable, error) {
	var schemas []string
	for _, j := range jobs {
		schemas = append(schemas, r.schemaOf(j.target))
	}
	found := map[string]versionTable{}
	rows, _ := tx.Query(ctx, tablesQuery, table, schemas)
	var (
		schema       string
		goose, dirty bool
	)
	_, err := pgx.ForEachRow(rows, []any{&schema, &goose, &dirty}, func() error {
		if !goose && !dirty {
			return fmt.Errorf("%s.%s is neither goose's nor golang-migrate's: it has no column version_id or dirty", schema, table)
		}
		found[schema] = versionTable{ident.Quote(schema) + "." + ident.Quote(table), goose}
		return nil
	})
	return found, err
}

// read returns the versions that the table says are applied.
func (t versionTable) read(ctx context.Context, tx pgx.Tx, all Source) ([]int64, error) {
	if t.goose {
		return t.readGoose(ctx, tx)
	}
	return t.readGolangMigrate(ctx, tx, all)
}

// readGoose reads a table in which each up and down is a row; the last one counts.
func (t versionTable) readGoose(ctx context.Context, tx pgx.Tx) ([]int64, error) {
	rows, _ := tx.Query(ctx, `SELECT version_id FROM (
 SELECT DISTINCT ON (version_id) version_id, is_applied FROM `+t.name+` WHERE version_id > 0 ORDER BY version_id, id DESC
) AS last WHERE is_applied ORDER BY version_id`)
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// readGolangMigrate reads a table with one row, the newest version: all files up to
// it were applied.
func (t versionTable) readGolangMigrate(ctx context.Context, tx pgx.Tx, all Source) (versions []int64, err error) {
	rows, _ := tx.Query(ctx, "SELECT version, dirty FROM "+t.name)
	var (
		newest int64
		dirty  bool
	)
	if _, err := pgx.ForEachRow(rows, []any{&newest, &dirty}, func() error {
		if dirty {
			return ErrDirty
		}
		return nil
	}); err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.Version < newest {
			versions = append(versions, m.Version)
		}
	}
	if newest > 0 {
		versions = append(versions, newest)
	}
	return versions, nil
}
