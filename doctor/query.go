package doctor

import (
	"context"
	"log/slog"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/registry"
)

// query reads the tenants of the user's own table, and reports the rows that are not
// served.
func (e *exam) query(ctx context.Context) error {
	names := e.config.Schemas
	q, err := registry.OpenQuery(ctx, e.conn, e.config.RegistryQuery, registry.QueryOptions{
		Level: e.config.Isolation, Server: rowhouse.Main, Pooled: names.Pooled,
		Reserved: []string{names.Shared, names.Extensions, names.Pooled}, Log: slog.New(slog.DiscardHandler),
	})
	if err == nil {
		e.tenants, err = q.List(ctx, everybody())
	}
	if err != nil {
		e.blind = true
		e.found(Problem, "registry", "registry.query", "correct the query in the configuration, or its table", "%v", err)
		return nil
	}
	faults, err := q.Faults(ctx)
	for _, f := range faults {
		e.row(f)
	}
	return err
}

func (e *exam) row(f registry.RowFault) {
	const check, remedy = "registry", "correct the row in the table of registry.query"
	if f.Served {
		e.found(Warning, check, "tenant "+f.Slug, remedy, "it is served without its host: %v", f.Err)
		return
	}
	e.found(Problem, check, "tenant "+f.Slug, remedy, "it is not served: %v", f.Err)
}
