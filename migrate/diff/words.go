package diff

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/migrate/scratch"
)

// words are names that mean something else when they stand alone.
type words struct {
	keywords map[string]bool // must be quoted
	taken    map[string]bool // found elsewhere on the path: must keep their schema
}

// readWords asks the server. Names of PostgreSQL's own come first on every path; what
// shared tables and extensions are called is there for tenants as well.
func readWords(ctx context.Context, d *scratch.Database, others []string) (words, error) {
	w := words{map[string]bool{}, map[string]bool{}}
	err := d.Within(ctx, "", func(conn *pgx.Conn) error {
		if err := w.read(ctx, conn, w.keywords, "SELECT word FROM pg_get_keywords() WHERE catcode <> 'U' AND cardinality($1::text[]) >= 0", others); err != nil {
			return err
		}
		return w.read(ctx, conn, w.taken, namesIn, others)
	})
	return w, err
}

const namesIn = `SELECT name FROM (
	SELECT proname, pronamespace FROM pg_proc
	UNION ALL SELECT typname, typnamespace FROM pg_type
	UNION ALL SELECT relname, relnamespace FROM pg_class
) AS all_names (name, schema) WHERE schema::regnamespace::text = ANY ($1) OR schema = 'pg_catalog'::regnamespace`

func (w words) read(ctx context.Context, conn *pgx.Conn, into map[string]bool, query string, schemas []string) error {
	rows, _ := conn.Query(ctx, query, pgx.QueryExecModeExec, schemas)
	var word string
	_, err := pgx.ForEachRow(rows, []any{&word}, func() error {
		into[word] = true
		return nil
	})
	if err != nil {
		return fmt.Errorf("diff: read the server's words: %w", err)
	}
	return nil
}
