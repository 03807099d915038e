package doctor

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation/row/ddl"
)

// pooled finds what shows tenants each other's rows in the tables that they share on
// the main server, whoever made it.
func (e *exam) pooled(ctx context.Context) error {
	schema := e.config.Schemas.Pooled
	rows, _ := e.conn.Query(ctx, ddl.Verify(schema).Inline(), pgx.QueryExecModeExec)
	var object, problem string
	_, err := pgx.ForEachRow(rows, []any{&object, &problem}, func() error {
		e.found(Problem, "shared tables", "schema "+schema,
			"rowhouse drift repair makes what migrations made; protect the rest as they would have done, or drop it: they fail until then", "%s %s", object, problem)
		return nil
	})
	return err
}
