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
			"protect it as a migration would have done, or drop it: migrations fail until then", "%s %s", object, problem)
		return nil
	})
	return err
}
