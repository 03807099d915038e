package migrate

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// size is that of a table where it is largest.
type size struct{ rows, bytes int64 }

// A table that was never analysed has no estimate: its pages are counted.
const sizesQuery = `SELECT c.relname, max(CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint ELSE pg_relation_size(c.oid) / 100 END),
 max(CASE WHEN c.reltuples >= 0 THEN c.relpages::bigint * current_setting('block_size')::bigint ELSE pg_relation_size(c.oid) END)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname = ANY ($1) GROUP BY c.relname`

// sizes reads how large the tables of all targets with work are: one query for each
// database.
func (r *Runner) sizes(ctx context.Context, u *upRun) (map[string]size, error) {
	sizes := map[string]size{}
	for _, h := range u.f.homes() {
		var schemas []string
		for _, t := range u.f.in(h) {
			if j := u.jobs[t]; j == nil || j.err != nil || len(j.todo) == 0 {
				continue
			}
			if t.tenant == nil {
				schemas = append(schemas, r.c.Names.Shared)
			} else {
				schemas = append(schemas, t.tenant.Placement.Schema)
			}
		}
		if len(schemas) == 0 {
			continue
		}
		if err := r.sizesIn(ctx, h, schemas, sizes); err != nil {
			return nil, fmt.Errorf("migrate: read the sizes of tables: %w", err)
		}
	}
	return sizes, nil
}

func (r *Runner) sizesIn(ctx context.Context, h home, schemas []string, into map[string]size) error {
	conn, err := r.connect(ctx, h)
	if err != nil {
		return err
	}
	defer r.close(conn)
	rows, _ := conn.Query(ctx, sizesQuery, pgx.QueryExecModeExec, schemas)
	var (
		name string
		s    size
	)
	_, err = pgx.ForEachRow(rows, []any{&name, &s.rows, &s.bytes}, func() error {
		into[name] = size{max(into[name].rows, s.rows), max(into[name].bytes, s.bytes)}
		return nil
	})
	return err
}
