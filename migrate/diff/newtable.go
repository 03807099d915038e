package diff

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// newTables returns how to make the tables that are missing, for when the planner could
// not plan.
func (w *work) newTables(ctx context.Context, p pair) (all []unit, err error) {
	for _, c := range p.changes() {
		if c.have != nil || c.want.Kind != "table" {
			continue
		}
		if parent := c.want.Attr("partition of"); parent != "" {
			all = append(all, one("CREATE TABLE "+own(c.want.Name)+" PARTITION OF "+parent+" "+c.want.Attr("bound")+partitionBy(*c.want)))
			continue
		}
		names, err := w.columns(ctx, c.want.Name)
		if err != nil {
			return nil, err
		}
		all = append(all, one("CREATE TABLE "+own(c.want.Name)+" (\n"+p.columns(c.want.Name, names)+"\n)"+partitionBy(*c.want)))
	}
	return all, nil
}

func partitionBy(o catalog.Object) string {
	if key := o.Attr("partition by"); key != "" {
		return " PARTITION BY " + key
	}
	return ""
}

// columns describes a table's columns, those that are inherited left out.
func (p pair) columns(table string, names []string) string {
	var all []string
	for _, name := range names {
		if o, ok := p.want.Find("column", table, name); ok && o.Attr("inherited") == "" {
			all = append(all, "\t"+column(o))
		}
	}
	return strings.Join(all, ",\n")
}

// columns returns the names of a table's columns in their order, which the catalog's
// description leaves out.
func (w *work) columns(ctx context.Context, table string) (names []string, err error) {
	err = w.target.Within(ctx, "", func(conn *pgx.Conn) error {
		rows, _ := conn.Query(ctx, "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
			pgx.QueryExecModeExec, ident.Quote(w.home.schema)+"."+ident.Quote(table))
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("diff: read the columns of %s: %w", table, err)
	}
	return names, nil
}
