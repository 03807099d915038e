package ddl_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row/ddl"
)

// The first two tenants.
const (
	ann = "00000000-0000-0000-0000-00000000000a"
	bob = "00000000-0000-0000-0000-00000000000b"
)

// twin is a database that holds the same tenants twice: in a schema each, a and b and
// more, made by the migrations as they are, and in pooled, made by the rewritten ones.
type twin struct {
	t        *testing.T
	tenants  map[string]string // ids by schema
	migrator *pgx.Conn
	app      *pgx.Conn // neither superuser nor owner
	rewriter *ddl.Rewriter
}

// newTwin has two tenants, and as many more.
func newTwin(t *testing.T, more int) *twin {
	t.Helper()
	url := pgtest.Database(t)
	w := &twin{t: t, migrator: connect(t, url), rewriter: &ddl.Rewriter{Schema: "pooled", Model: ddl.NewModel()}}
	w.app = connect(t, pgtest.Role(t, url, "NOSUPERUSER NOBYPASSRLS"))
	w.tenants = map[string]string{"a": ann, "b": bob}
	for n := range more {
		w.tenants[fmt.Sprintf("c%d", n)] = fmt.Sprintf("00000000-0000-0000-0000-1%011d", n)
	}
	for schema := range w.tenants {
		w.run(w.migrator, "CREATE SCHEMA "+schema)
	}
	w.run(w.migrator, "CREATE SCHEMA pooled", "CREATE SCHEMA shared",
		"CREATE EXTENSION btree_gist SCHEMA shared", "CREATE TABLE shared.plans (id int PRIMARY KEY)", "INSERT INTO shared.plans VALUES (1)",
		"GRANT USAGE ON SCHEMA pooled, shared TO PUBLIC", "GRANT SELECT, REFERENCES ON shared.plans TO PUBLIC",
		"ALTER DEFAULT PRIVILEGES IN SCHEMA pooled GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO PUBLIC",
		"ALTER DEFAULT PRIVILEGES IN SCHEMA pooled GRANT USAGE ON SEQUENCES TO PUBLIC",
		"SET client_min_messages = warning")
	w.rewriter.Model = w.read()
	return w
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func (w *twin) run(conn *pgx.Conn, statements ...string) {
	w.t.Helper()
	for _, s := range statements {
		if _, err := conn.Exec(context.Background(), s, pgx.QueryExecModeSimpleProtocol); err != nil {
			w.t.Fatalf("%s\n%v", s, err)
		}
	}
}

func path(schema string) string { return "SET search_path = " + schema + ", shared, pg_temp" }

// once runs a part of a migration everywhere.
func (w *twin) once(statements []sqllex.Statement) {
	w.t.Helper()
	for _, s := range statements {
		for schema := range w.tenants {
			w.run(w.migrator, path(schema), sqllex.Replace(s.Text, schema))
		}
		out, err := w.rewriter.Rewrite(sqllex.Replace(s.Text, "pooled"))
		if err != nil {
			w.t.Fatalf("%s\n%v", s.Text, err)
		}
		w.run(w.migrator, path("pooled"))
		w.run(w.migrator, out...)
	}
}

// each runs a part of a migration for each tenant, as the application.
func (w *twin) each(statements []sqllex.Statement) {
	w.t.Helper()
	for schema, tenant := range w.tenants {
		w.run(w.app, path("pooled"), "SET rowhouse.tenant = '"+tenant+"'")
		for _, s := range statements {
			w.run(w.migrator, path(schema), sqllex.Replace(s.Text, schema))
			out, err := w.rewriter.EachTenant(sqllex.Replace(s.Text, "pooled"))
			if err != nil {
				w.t.Fatalf("%s\n%v", s.Text, err)
			}
			w.run(w.app, out...)
		}
	}
}

func (w *twin) rows(conn *pgx.Conn, sql string, args ...any) []string {
	w.t.Helper()
	rows, err := conn.Query(context.Background(), sql, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...)
	if err != nil {
		w.t.Fatalf("%s\n%v", sql, err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (string, error) {
		values, err := r.Values()
		return strings.TrimSuffix(fmt.Sprintln(values...), "\n"), err
	})
	if err != nil {
		w.t.Fatalf("%s\n%v", sql, err)
	}
	return out
}

func (w *twin) query(s isolation.Statement) []string {
	w.t.Helper()
	args := make([]any, len(s.Args))
	for i, a := range s.Args {
		args[i] = a
	}
	return w.rows(w.migrator, s.SQL, args...)
}

func (w *twin) read() *ddl.Model {
	w.t.Helper()
	m, err := ddl.ReadModel([]byte(w.query(ddl.Catalog("pooled"))[0]))
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}
