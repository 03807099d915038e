package diff

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/migrate/scratch"
)

// extensions returns the units that make and drop extensions. They belong to the
// database: a tenant's migration makes sure that one is there, and drops none.
func (w *work) extensions(ctx context.Context) (missing, extra []unit, err error) {
	all, err := w.extensionGaps(ctx, w.target, w.check)
	for _, e := range all {
		if e.Missing {
			missing = append(missing, one("CREATE EXTENSION IF NOT EXISTS "+ident.Quote(e.Object)+" SCHEMA "+ident.Quote(e.Want)))
		} else {
			extra = append(extra, one("DROP EXTENSION "+ident.Quote(e.Object)))
		}
	}
	return missing, extra, err
}

// extensionGaps compares the extensions of two databases.
func (d *differ) extensionGaps(ctx context.Context, target, check *scratch.Database) (all []catalog.Difference, err error) {
	want, err := extensionsOf(ctx, target)
	if err != nil {
		return nil, err
	}
	have, err := extensionsOf(ctx, check)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if _, ok := have[name]; !ok {
			all = append(all, catalog.Difference{Kind: "extension", Object: name, Want: want[name], Missing: true})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if _, ok := want[name]; !ok && d.Scope == migrate.Shared {
			all = append(all, catalog.Difference{Kind: "extension", Object: name, Have: have[name], Extra: true})
		}
	}
	return all, nil
}

// extensionsOf returns the schema of each extension.
func extensionsOf(ctx context.Context, d *scratch.Database) (map[string]string, error) {
	all := map[string]string{}
	err := d.Within(ctx, "", func(conn *pgx.Conn) error {
		rows, _ := conn.Query(ctx, "SELECT extname, extnamespace::regnamespace::text FROM pg_extension", pgx.QueryExecModeExec)
		var name, schema string
		_, err := pgx.ForEachRow(rows, []any{&name, &schema}, func() error {
			all[name] = schema
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("diff: read the extensions: %w", err)
	}
	return all, nil
}
