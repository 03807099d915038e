package migrate_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/migrate"
)

func TestAFileWithoutATransactionBeginsAnew(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a, b := w.build("a"), w.build("b")
	tenants := sql(t, migrate.Tenant, map[string]string{
		"1": "CREATE TABLE t (n int); CREATE TABLE tries ()",
		"2": "-- +goose NO TRANSACTION\n-- +goose Up\nALTER TABLE tries ADD COLUMN IF NOT EXISTS seen int;\n" +
			"SET lock_timeout = '5s';\nDROP INDEX IF EXISTS t_n;\nCREATE UNIQUE INDEX CONCURRENTLY t_n ON __tenant__.t (n);",
		"3": "CREATE TABLE done ()",
	})
	up(t, w.runner(nil, tenants[:1]), migrate.Options{})
	w.exec(`INSERT INTO "` + a.Placement.Schema + `".t VALUES (1), (1)`)

	r := w.runner(nil, tenants)
	_, err := r.Up(context.Background(), migrate.Options{Workers: 1})
	var step *migrate.StepError
	if !errors.As(err, &step) || step.Target != "a" || step.Line != 6 {
		t.Fatalf("got %v", err)
	}
	if got := w.versions(a.ID.String()); got != "1" {
		t.Errorf("a has %s", got)
	}
	if got := w.versions(b.ID.String()); got != "1 2 3" {
		t.Errorf("b has %s", got)
	}
	w.exec(`TRUNCATE "` + a.Placement.Schema + `".t`)
	up(t, r, migrate.Options{})
	for _, tn := range w.tenants {
		if got := w.text(`SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)`, `"`+tn.Placement.Schema+`".t_n`); got != "true" {
			t.Errorf("%s: the index is valid: %q", tn.Slug, got)
		}
	}
}

func TestAnEnumValueIsUsedByTheNextMigration(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	acme := w.build("acme")
	up(t, w.runner(nil, enums(t)), migrate.Options{})
	if got := w.versions(acme.ID.String()); got != "1 2 3" {
		t.Errorf("got %s", got)
	}
}

// enums adds a value in the second file and uses it in the third.
func enums(t *testing.T) migrate.Source {
	return sql(t, migrate.Tenant, map[string]string{
		"1": "CREATE TYPE state AS ENUM ('a'); CREATE TABLE t (s state)",
		"2": "ALTER TYPE state ADD VALUE 'b'",
		"3": "INSERT INTO t VALUES ('b')",
	})
}

// seed is a Go migration that knows its tenant only by what the path shows.
func seed(version int64, sql string) migrate.Migration {
	return migrate.Migration{Version: version, Name: "seed", Go: &migrate.GoFuncs{
		Up: func(ctx context.Context, tx pgx.Tx) error {
			if tx.Conn() != nil || tx.Commit(ctx) == nil || tx.Rollback(ctx) == nil {
				return errors.New("the transaction can be ended")
			}
			_, err := tx.Exec(ctx, sql, 1)
			return err
		},
		Down: func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM t")
			return err
		},
	}}
}

func withGo(t *testing.T, s migrate.Source, more ...migrate.Migration) migrate.Source {
	t.Helper()
	all, err := s.Add(more...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestGoMigrationsSeeOneTenantEach(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a, b := w.build("a"), w.build("b")
	// The same table has another type in each tenant: a statement that was prepared
	// for a would fail, or lie, in b.
	w.exec(`CREATE TYPE "` + a.Placement.Schema + `".k AS ENUM ('1'); CREATE TABLE "` + a.Placement.Schema + `".t (n "` + a.Placement.Schema + `".k)`)
	w.exec(`CREATE TABLE "` + b.Placement.Schema + `".t (n int)`)
	source := withGo(t, nil, migrate.Migration{Version: 1, Name: "fill", Go: &migrate.GoFuncs{
		Up: func(ctx context.Context, tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO t VALUES ('1')"); err != nil {
				return err
			}
			var one string
			if err := tx.QueryRow(ctx, "SELECT n::text FROM t WHERE n::text = $1", "1").Scan(&one); err != nil {
				return err
			}
			rows, err := tx.Query(ctx, "SELECT * FROM t WHERE $1", true)
			if err != nil {
				return err
			}
			if rows.Close(); rows.Err() != nil {
				return rows.Err()
			}
			inner, err := tx.Begin(ctx)
			if err != nil {
				return err
			}
			if _, err := inner.Exec(ctx, "DELETE FROM t"); err != nil {
				return err
			}
			return inner.Rollback(ctx)
		},
		Down: func(ctx context.Context, tx pgx.Tx) error { _, err := tx.Exec(ctx, "DELETE FROM t"); return err },
	}})
	r := w.runner(nil, source)
	up(t, r, migrate.Options{Workers: 1})
	for _, tn := range w.tenants {
		if got := w.text(`SELECT count(*) FROM "` + tn.Placement.Schema + `".t`); got != "1" {
			t.Errorf("%s has %s rows", tn.Slug, got)
		}
	}
	down(t, r, migrate.DownOptions{})
	if got := w.text(`SELECT count(*) FROM "` + a.Placement.Schema + `".t`); got != "0" || w.versions(a.ID.String()) != "" {
		t.Errorf("after down: %s rows", got)
	}
}

func TestAGoMigrationThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	failures := map[string]func(context.Context, pgx.Tx) error{
		"an error":   func(ctx context.Context, tx pgx.Tx) error { return errors.New("no") },
		"a panic":    func(ctx context.Context, tx pgx.Tx) error { panic("no") },
		"swallowed":  func(ctx context.Context, tx pgx.Tx) error { _, _ = tx.Exec(ctx, "SELECT 1/0"); return nil },
		"a rollback": func(ctx context.Context, tx pgx.Tx) error { _, _ = tx.Exec(ctx, "ROLLBACK"); return nil },
	}
	for name, fail := range failures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			w.build("a")
			w.build("b")
			source := withGo(t, nil, migrate.Migration{Version: 1, Name: "x", Go: &migrate.GoFuncs{Up: func(ctx context.Context, tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, "CREATE TABLE t ()"); err != nil {
					return err
				}
				return fail(ctx, tx)
			}}})
			_, err := w.runner(nil, source).Up(context.Background(), migrate.Options{Workers: 1})
			var partial *migrate.PartialError
			if !errors.As(err, &partial) || len(partial.Failed) != 2 {
				t.Fatalf("got %v", err)
			}
			for _, tn := range w.tenants {
				if w.tables(tn) != "" || w.versions(tn.ID.String()) != "" {
					t.Errorf("%s has %q", tn.Slug, w.tables(tn))
				}
			}
		})
	}
}

func TestAddRefusesATakenVersion(t *testing.T) {
	var parse *migrate.ParseError
	source := threeSteps(t)
	for _, m := range []migrate.Migration{seed(2, ""), seed(0, ""), {Version: 9}, statement("-- nothing"), statement("SELECT 1; COMMIT")} {
		if _, err := source.Add(m); !errors.As(err, &parse) {
			t.Errorf("version %d: got %v", m.Version, err)
		}
	}
	all := withGo(t, source[:1], seed(7, ""), seed(2, ""))
	var versions []int64
	for _, m := range all {
		versions = append(versions, m.Version)
	}
	if !slices.Equal(versions, []int64{1, 2, 7}) {
		t.Errorf("got %v", versions)
	}
}

func statement(sql string) migrate.Migration {
	return migrate.Migration{Version: 9, Name: "x", Up: []migrate.Statement{{SQL: sql}}}
}

func TestProgressCountsUp(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.buildMany(4)
	var seen []string
	last := 0
	r := w.runner(sql(t, migrate.Shared, map[string]string{"1": "SELECT 1"}), sql(t, migrate.Tenant, map[string]string{"1": "SELECT 1"}), func(c *migrate.Config) {
		c.Progress = func(e migrate.Event) {
			if e.Done != last+1 || e.Total != 5 {
				t.Errorf("%d of %d after %d", e.Done, e.Total, last)
			}
			last = e.Done
			seen = append(seen, e.Label)
		}
	})
	up(t, r, migrate.Options{Workers: 3})
	slices.Sort(seen)
	if got := strings.Join(seen, " "); got != "shared t000 t001 t002 t003" {
		t.Errorf("got %s", got)
	}
}
