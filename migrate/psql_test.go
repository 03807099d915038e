package migrate_test

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// psql runs a script as an operator would.
func (w *town) psql(script string) (string, error) {
	w.t.Helper()
	cmd := exec.Command(pgtest.Need(w.t, "psql"), "-X", "-q", "-f", "-", w.url)
	cmd.Stdin = strings.NewReader(script)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func writeSQL(t *testing.T, r *migrate.Runner, o migrate.SQLOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteSQL(context.Background(), &b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// ledger makes the ledger without any entry, as init does.
func (w *town) ledger() {
	w.t.Helper()
	if err := migrate.InstallLedger(context.Background(), w.conn); err != nil {
		w.t.Fatal(err)
	}
}

// A script that psql runs leaves what a run would have left, and may be run again.
func TestAScriptDoesWhatARunDoes(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.buildMany(3)
	w.ledger()
	r := w.runner(workshop(t))
	script := writeSQL(t, r, migrate.SQLOptions{Tenants: w.tenants})
	for range 2 {
		if out, err := w.psql(script); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		w.whole()
	}
	if s := status(t, r); !s.Clean() {
		t.Errorf("status: %v", s.Errs())
	}
}

// Each tenant gets what it lacks; one that failed is finished by the next script.
func TestAScriptGoesOnWhereTheFleetIs(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme, hooli := w.build("acme"), w.build("hooli")
	r := w.runner(nil, threeSteps(t))
	up(t, r, migrate.Options{To: 1})
	w.exec("CREATE TABLE " + hooli.Placement.Schema + ".two ()")
	script := writeSQL(t, r, migrate.SQLOptions{})
	if strings.Contains(script, "CREATE TABLE one") {
		t.Error("what was applied is in the script")
	}
	if out, err := w.psql(script); err == nil || !strings.Contains(out, `relation "two" already exists`) {
		t.Errorf("%v\n%s", err, out)
	}
	if w.versions(acme.ID.String()) != "1 2 3" || w.versions(hooli.ID.String()) != "1" {
		t.Error("the ledgers are not where the error came")
	}
	w.exec("DROP TABLE " + hooli.Placement.Schema + ".two")
	if out, err := w.psql(writeSQL(t, r, migrate.SQLOptions{})); err != nil || !status(t, r).Clean() {
		t.Errorf("%v\n%s", err, out)
	}
}

// Databases of one server are visited in turn; several servers are refused.
func TestAScriptOverSeveralDatabases(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.build("here")
	other, err := url.Parse(pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	away := townAt(t, other.String())
	there := away.build("there")
	there.Placement.Database = strings.TrimPrefix(other.Path, "/")
	w.tenants = append(w.tenants, there, &tenant.Tenant{ID: tenant.NewID(), Slug: "leaving", Status: tenant.Deleting})
	w.ledger()
	away.ledger()
	r := w.runner(workshop(t))
	script := writeSQL(t, r, migrate.SQLOptions{Tenants: w.tenants})
	if !strings.Contains(script, "-- skipped 'leaving': it is being deleted") {
		t.Error("nobody is told who was skipped")
	}
	if out, err := w.psql(script); err != nil || !status(t, r).Clean() {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := away.tables(there); got != workshopTables {
		t.Errorf("there is %s", got)
	}
	there.Placement.Server = "another"
	if err := r.WriteSQL(context.Background(), &bytes.Buffer{}, migrate.SQLOptions{Tenants: w.tenants}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

func TestAScriptFromAVersion(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme := w.build("acme")
	script := writeSQL(t, w.runner(nil, threeSteps(t)), migrate.SQLOptions{From: 2, Tenants: []*tenant.Tenant{acme}})
	if strings.Contains(script, "two") || !strings.Contains(script, "CREATE INDEX CONCURRENTLY three") {
		t.Error(script)
	}
}

// psql reads more into a text than the server does.
func TestAScriptIsSafeFromPsql(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme := w.build("acme")
	acme.Slug = "a'\n\\! touch hacked\n"
	w.ledger()
	r := w.runner(nil, sql(t, migrate.Tenant, map[string]string{
		"1": `CREATE TABLE one AS SELECT (ARRAY[1, 2, 3])[1:PORT] AS a, ':USER'::text AS b, E'\\x' AS c, $$ \q $$ AS d FROM (SELECT 2) AS x(port);`,
	}))
	if out, err := w.psql(writeSQL(t, r, migrate.SQLOptions{})); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := w.text("SELECT one::text FROM " + acme.Placement.Schema + ".one"); got != `("{1,2}",:USER,"\\x"," \\q ")` {
		t.Error(got)
	}
}

func TestAScriptRefusesGoMigrations(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.build("acme")
	source, err := migrate.Source{}.Add(migrate.Migration{Version: 1, Name: "fill", Go: &migrate.GoFuncs{}})
	if err != nil {
		t.Fatal(err)
	}
	err = w.runner(nil, source).WriteSQL(context.Background(), &bytes.Buffer{}, migrate.SQLOptions{})
	if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "0001_fill") {
		t.Errorf("got %v", err)
	}
}
