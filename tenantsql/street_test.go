package tenantsql_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// street builds a door to two tenants with a poll each, for the examples.
func street(visit func(door *tenantpgx.DB, thor, potter *tenant.Tenant)) {
	var e exampleTB
	defer e.end()
	w := openWorld(&e, pgtest.Database(&e), 4, "thor", "potter")
	defer w.db.Close()
	for slug, question := range map[string]string{"thor": "Which hammer?", "potter": "Which house?"} {
		w.inside(&e, slug, "CREATE TABLE polls (id int PRIMARY KEY, question text)")
		w.inside(&e, slug, fmt.Sprintf("INSERT INTO polls VALUES (1, '%s')", question))
	}
	visit(w.door, w.tenants["thor"], w.tenants["potter"])
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
	for _, f := range slices.Backward(e.cleanups) {
		f()
	}
}
