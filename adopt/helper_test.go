package adopt_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/adopt"
	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// estate is a database that is to be adopted, and the folders for the migrations.
type estate struct {
	t    *testing.T
	url  string
	dir  string
	conn *pgx.Conn
}

// newEstate makes a database with what psql makes of a script.
func newEstate(t *testing.T, script string) *estate {
	t.Helper()
	e := &estate{t: t, url: pgtest.Database(t), dir: t.TempDir()}
	cmd := exec.CommandContext(t.Context(), pgtest.Need(t, "psql"), "-Xq", "-v", "ON_ERROR_STOP=1", "-d", e.url)
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("psql: %v\n%s", err, out)
	}
	conn, err := pgx.Connect(t.Context(), e.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	e.conn = conn
	return e
}

func (e *estate) folder(scope string) string { return filepath.Join(e.dir, "migrations", scope) }

func (e *estate) config() adopt.Config {
	return adopt.Config{
		URL: e.url, Server: "main", Actor: "test",
		SharedDir: e.folder("shared"), TenantDir: e.folder("tenant"),
	}
}

func (e *estate) adopt(o adopt.Options) (*adopt.Report, error) {
	e.t.Helper()
	return adopt.New(e.config()).Run(e.t.Context(), o)
}

// must adopts, and shows what was refused.
func (e *estate) must(o adopt.Options) *adopt.Report {
	e.t.Helper()
	report, err := e.adopt(o)
	if err != nil {
		e.t.Fatalf("adopt: %v", err)
	}
	return report
}

func (e *estate) exec(sql string) {
	e.t.Helper()
	if _, err := e.conn.Exec(e.t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		e.t.Fatalf("%s: %v", sql, err)
	}
}

// text returns the one value of a query as text.
func (e *estate) text(sql string, args ...any) string {
	e.t.Helper()
	var v any
	if err := e.conn.QueryRow(e.t.Context(), sql, append([]any{pgx.QueryExecModeExec}, args...)...).Scan(&v); err != nil {
		e.t.Fatalf("%s: %v", sql, err)
	}
	return fmt.Sprint(v)
}

// rows returns a query's rows as one text.
func (e *estate) rows(sql string) string {
	e.t.Helper()
	rows, _ := e.conn.Query(e.t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			e.t.Fatal(err)
		}
		fmt.Fprintln(&b, values...)
	}
	if err := rows.Err(); err != nil {
		e.t.Fatalf("%s: %v", sql, err)
	}
	return b.String()
}

// in asks as a tenant does: with its path, and nothing else.
func (e *estate) in(t *tenant.Tenant, f func()) {
	e.t.Helper()
	e.exec("SET search_path = " + isolation.DefaultNames().Path(t.Placement.Schema))
	f()
	e.exec("RESET search_path")
}

// create makes a tenant from the migration files, as any later one is made.
func (e *estate) create(slug string) *tenant.Tenant {
	e.t.Helper()
	made, err := e.lifecycle().Create(e.t.Context(), lifecycle.New{Slug: slug})
	if err != nil {
		e.t.Fatalf("create %s: %v", slug, err)
	}
	return made
}

func (e *estate) lifecycle() *lifecycle.Manager {
	e.t.Helper()
	levels := isolation.LevelsOf(schema.New(isolation.DefaultNames()))
	store := registry.NewPostgres(e.conn)
	runner, err := migrate.New(migrate.Config{
		Shared: e.source("shared"), Tenant: e.source("tenant"), Main: "main", Tenants: store, Projection: store,
		Levels: levels, Conns: dialer(e.url),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return lifecycle.NewManager(lifecycle.Config{
		Store: store, Migrator: runner, Connect: dialer(e.url), Levels: levels, Default: tenant.Schema, Main: "main",
	})
}

func (e *estate) source(scope string) migrate.Source {
	if _, err := os.Stat(e.folder(scope)); err != nil {
		return nil
	}
	source, err := migrate.Load(os.DirFS(e.folder(scope)), ".", migrate.Scope(scope))
	if err != nil {
		e.t.Fatal(err)
	}
	return source
}

// equal compares two tenants' schemas.
func (e *estate) equal(a, b *tenant.Tenant) {
	e.t.Helper()
	prints, err := catalog.Fingerprint(e.t.Context(), e.conn, []string{a.Placement.Schema, b.Placement.Schema})
	if err != nil {
		e.t.Fatal(err)
	}
	if prints[a.Placement.Schema] != prints[b.Placement.Schema] || prints[a.Placement.Schema] == "" {
		e.t.Errorf("%s and %s differ: %v", a.Slug, b.Slug, prints)
	}
}

// counts returns the number of rows of each table in some schemas.
func (e *estate) counts(schemas ...string) map[string]int {
	e.t.Helper()
	rows, _ := e.conn.Query(e.t.Context(), `SELECT c.relname::text, n.nspname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE relkind IN ('r', 'p') AND nspname = ANY ($1)`, pgx.QueryExecModeExec, schemas)
	type place struct{ Name, Schema string }
	tables, err := pgx.CollectRows(rows, pgx.RowToStructByPos[place])
	if err != nil {
		e.t.Fatal(err)
	}
	all := map[string]int{}
	for _, p := range tables {
		var n int
		if err := e.conn.QueryRow(e.t.Context(), "SELECT count(*) FROM "+ident.Quote(p.Schema)+"."+ident.Quote(p.Name)).Scan(&n); err != nil {
			e.t.Fatal(err)
		}
		all[p.Name] = n
	}
	return all
}

// left returns what is in a schema and no extension's.
func (e *estate) left(schema string) string {
	e.t.Helper()
	return e.rows(`SELECT classid::regclass, (pg_identify_object(classid, objid, 0)).identity FROM pg_depend
WHERE refclassid = 'pg_namespace'::regclass AND refobjid = '` + schema + `'::regnamespace AND deptype = 'n' AND classid <> 'pg_extension'::regclass
 AND NOT EXISTS (SELECT FROM pg_depend AS m WHERE m.classid = pg_depend.classid AND m.objid = pg_depend.objid AND m.deptype = 'e')`)
}

// dialer connects to one database, whatever the server is called.
type dialer string

func (d dialer) Connect(ctx context.Context, _, _ string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, string(d))
}
