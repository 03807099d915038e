package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/rowhouse-go/rowhouse/migrate"
)

// A folder of goose files is brought to two tenants. One of them has data that do
// not fit: it is reported, the other is done, and a rerun touches only what is left.
func ExampleRunner_Up() {
	street(func(w *town) {
		files := fstest.MapFS{
			"0001_polls.sql":  {Data: []byte("-- +goose Up\nCREATE TABLE polls (question text);\n")},
			"0002_unique.sql": {Data: []byte("-- +goose Up\nALTER TABLE polls ADD UNIQUE (question);\n")},
		}
		tenants, err := migrate.Load(files, ".", migrate.Tenant)
		if err != nil {
			fmt.Println(err)
			return
		}
		runner, err := migrate.New(migrate.Config{Tenant: tenants, Main: "main", Tenants: w, Levels: w, Conns: w, Projection: w})
		if err != nil {
			fmt.Println(err)
			return
		}
		ctx := context.Background()
		_, err = runner.Up(ctx, migrate.Options{To: 1})
		fmt.Println("first file:", err)
		w.inside("potter", "INSERT INTO polls VALUES ('Which house?'), ('Which house?')")

		_, err = runner.Up(ctx, migrate.Options{Workers: 8})
		var partial *migrate.PartialError
		if errors.As(err, &partial) {
			for _, o := range partial.Failed {
				fmt.Println(o.Label(), "is at", o.Version, "with", o.Left, "to go")
			}
		}
		w.inside("potter", "TRUNCATE polls")
		report, err := runner.Up(ctx, migrate.Options{})
		for _, o := range report.Changed() {
			fmt.Println(o.Label(), "got", o.Done, err)
		}
	})
	// Output:
	// first file: <nil>
	// potter is at 1 with 1 to go
	// potter got [0002_unique.sql] <nil>
}

// street hands an example a town with two tenants.
func street(visit func(w *town)) {
	var e exampleTB
	defer e.end()
	w := newTown(&e)
	w.build("potter")
	w.build("thor")
	visit(w)
}

// inside runs a statement in a tenant's schema.
func (w *town) inside(slug, sql string) {
	w.t.Helper()
	for _, tn := range w.tenants {
		if tn.Slug == slug {
			w.exec(w.level.Enter(tn.ID, tn.Placement).Inline() + "; " + sql)
		}
	}
}

// exampleTB is what test helpers need of a test, for examples, which have none.
type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (e *exampleTB) Helper()                           {}
func (e *exampleTB) Cleanup(f func())                  { e.cleanups = append(e.cleanups, f) }
func (e *exampleTB) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (e *exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (e *exampleTB) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (e *exampleTB) end() {
	for _, f := range slices.Backward(e.cleanups) {
		f()
	}
}
