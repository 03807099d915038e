package isolationtest

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row/ddl"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// pooling is a level whose tenants share their tables.
type pooling interface {
	isolation.Level
	EnterPool(p tenant.Placement) isolation.Statement
}

// buildPool makes the tables that all tenants share: those of [FixtureSQL], as the row
// level has them.
func buildPool(ctx context.Context, conn *pgx.Conn, level pooling, names isolation.Names) error {
	at := tenant.Placement{Level: level.Name(), Schema: names.Pooled, Epoch: 1}
	tables, err := rewrite(names.Pooled, fixtureTables+fixtureViews)
	if err != nil {
		return err
	}
	script := isolation.Script(append(level.Create(at), level.EnterPool(at))...) + tables
	_, err = conn.PgConn().Exec(ctx, script).ReadAll()
	return err
}

// fixtureViews are what looks at tables for somebody else.
const fixtureViews = `
CREATE VIEW seen AS SELECT id, owner FROM notes;
CREATE FUNCTION told() RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT owner FROM notes';
`

// rewrite makes of a tenant's tables those that all share.
func rewrite(schema, script string) (string, error) {
	w := &ddl.Rewriter{Schema: schema, Model: ddl.NewModel()}
	var b strings.Builder
	for _, s := range sqllex.Split(script) {
		all, err := w.Rewrite(s.Text)
		if err != nil {
			return "", err
		}
		b.WriteString(strings.Join(all, ";\n") + ";\n")
	}
	return b.String(), nil
}
