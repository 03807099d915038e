package drift_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/rowhouse-go/rowhouse/drift"
)

// Somebody changed one tenant's tables by hand. The check says what, and a repair
// sets it right.
func ExampleChecker() {
	street(func(w *town) {
		ctx := context.Background()
		checker, err := drift.New(w.config())
		if err != nil {
			fmt.Println(err)
			return
		}
		w.inside(w.tenants[1], "ALTER TABLE polls ALTER title TYPE varchar(80); DROP INDEX polls_title")

		report, err := checker.Check(ctx, drift.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, d := range report.Drifted {
			for _, difference := range d.Differences {
				fmt.Println(d.Tenant.Slug, "|", difference)
			}
		}
		repairs, err := checker.Repair(ctx, drift.RepairOptions{Apply: true})
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, r := range repairs.Repairs {
			fmt.Println(r.Tenant.Slug, "repaired:", r.Applied)
		}
	})
	// Output:
	// thor | polls.title: varchar(80), expected text
	// thor | index polls.polls_title: missing
	// thor repaired: true
}

// street hands an example a town with two tenants.
func street(visit func(w *town)) {
	var e exampleTB
	defer e.end()
	w := newTown(&e, polls())
	w.build("potter")
	w.build("thor")
	visit(w)
}

// exampleTB is what test helpers need of a test, for examples, which have none.
type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (e *exampleTB) Helper()                           {}
func (e *exampleTB) Context() context.Context          { return context.Background() }
func (e *exampleTB) Cleanup(f func())                  { e.cleanups = append(e.cleanups, f) }
func (e *exampleTB) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (e *exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (e *exampleTB) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (e *exampleTB) end() {
	for i := len(e.cleanups) - 1; i >= 0; i-- {
		e.cleanups[i]()
	}
}
