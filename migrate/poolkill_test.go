package migrate_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation/row/ddl"
	"github.com/rowhouse-go/rowhouse/migrate"
)

const links = 4

// chain is files of which each needs what the one before has made, so that a run that
// is killed between them, or inside one, is seen.
func chain() map[string]string {
	files := map[string]string{}
	for n := range links {
		of := "int"
		if n > 0 {
			of = fmt.Sprintf("int REFERENCES t%d", n-1)
		}
		version := 10 * (n + 1)
		files[fmt.Sprintf("%04d_table.sql", version)] = fmt.Sprintf("-- +goose Up\nCREATE TABLE t%d (id int PRIMARY KEY, of %s, name text);\n-- +goose Down\nDROP TABLE t%[1]d;\n", n, of)
		files[fmt.Sprintf("%04d_rows.sql", version+1)] = fmt.Sprintf("-- +rowhouse each-tenant\n-- +goose Up\nINSERT INTO t%d (id, of, name) SELECT n, n, 'row ' || n FROM generate_series(1, 50) AS n;\n-- +goose Down\nDELETE FROM t%[1]d;\n", n)
		files[fmt.Sprintf("%04d_key.sql", version+2)] = fmt.Sprintf("-- +goose Up\nCREATE UNIQUE INDEX t%d_name ON t%[1]d (name);\nUPDATE t%[1]d SET name = name || '!';\n-- +goose Down\nDROP INDEX t%[1]d_name;\n", n)
		files[fmt.Sprintf("%04d_alone.sql", version+3)] = fmt.Sprintf("-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY IF NOT EXISTS t%d_of ON t%[1]d (of);\n-- +goose Down\nDROP INDEX CONCURRENTLY IF EXISTS t%[1]d_of;\n", n)
	}
	return files
}

// A run over shared tables that is killed anywhere is finished by the next: nothing is
// done twice, no tenant is left out, and no table is left open.
func TestKilledRunsOverSharedTables(t *testing.T) {
	t.Parallel()
	strikes := 2
	if pgtest.Proof() {
		strikes = 6 * links
	}
	const many = 5
	w := newPooledTown(t, strings.Fields("a b c d e")...)
	alone := w.build("alone")
	total := links * (8 + many) // entries: four files of the tables and of the schema, one file of each tenant
	for strike := range strikes {
		goal := total*strike/strikes + rand.IntN(max(total/strikes, 1))
		p := w.child()
		done := make(chan struct{})
		go func() { _, _ = p.Wait(); close(done) }()
		for deadline := time.Now().Add(time.Minute); w.entries() < goal && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		_ = p.Kill()
		<-done
		w.protected()
	}
	source, err := migrate.Load(folder(chain()), "m", migrate.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	r := w.runner(nil, source)
	up(t, r, migrate.Options{})
	if n := w.entries(); n != total {
		t.Errorf("%d entries in the ledger, want %d", n, total)
	}
	if filled := w.equalRows("after the kills", alone, many); filled != links {
		t.Errorf("%d of %d tables have rows", filled, links)
	}
	if got := w.text("SELECT count(*)::text FROM pg_index WHERE NOT indisvalid"); got != "0" {
		t.Errorf("%s indexes are not valid", got)
	}
	w.protected()
}

// protected fails the test unless all shared tables are as the rewriter makes them.
func (w *town) protected() {
	w.t.Helper()
	if got := w.text("SELECT string_agg(object || ' ' || problem, '; ') FROM (" + ddl.Verify("pooled").Inline() + ") AS v"); got != "" {
		w.t.Errorf("not protected: %s", got)
	}
}
