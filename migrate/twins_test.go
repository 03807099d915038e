package migrate_test

import (
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/migrate"
)

func TestATableOfBothScopesIsRefused(t *testing.T) {
	tests := map[string]struct {
		shared, tenant string
		twin           string
	}{
		"the same table":    {"CREATE TABLE plans ()", "CREATE TABLE plans ()", "plans"},
		"a view":            {"CREATE TABLE plans ()", "CREATE OR REPLACE VIEW plans AS SELECT 1", "plans"},
		"spelled otherwise": {`CREATE TABLE IF NOT EXISTS shared."plans" ()`, "CREATE UNLOGGED TABLE __tenant__.PLANS ()", "plans"},
		"renamed":           {"CREATE TABLE plans ()", "CREATE TABLE p (); ALTER TABLE p RENAME TO plans", "plans"},
		"renamed away":      {"CREATE TABLE plans ()", "CREATE TABLE plans (); ALTER TABLE IF EXISTS plans RENAME TO p", ""},
		"dropped":           {"CREATE TABLE plans (); CREATE TABLE b (); DROP TABLE b, plans CASCADE", "CREATE TABLE plans ()", ""},
		"case":              {`CREATE TABLE "Plans" ()`, "CREATE TABLE plans ()", ""},
		"another schema":    {"CREATE TABLE other.plans ()", "CREATE TABLE plans ()", ""},
		"a column":          {"CREATE TABLE plans (a int)", "CREATE TABLE p (plans int); ALTER TABLE p RENAME COLUMN plans TO x; ALTER TABLE p RENAME x TO plans", ""},
		"temporary":         {"CREATE TABLE plans ()", "CREATE TEMPORARY TABLE plans ()", ""},
		"an index":          {"CREATE TABLE plans ()", "CREATE TABLE p (n int); CREATE INDEX plans ON p (n)", ""},
	}
	for name, test := range tests {
		c := migrate.Config{
			Shared: sql(t, migrate.Shared, map[string]string{"1": test.shared}),
			Tenant: sql(t, migrate.Tenant, map[string]string{"1": test.tenant}),
		}
		_, err := migrate.New(c)
		var twin *migrate.TwinError
		switch {
		case test.twin == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.twin != "" && (!errors.As(err, &twin) || twin.Name != test.twin):
			t.Errorf("%s: got %v", name, err)
		}
		c.Both = []string{"plans"}
		if _, err := migrate.New(c); err != nil {
			t.Errorf("%s, allowed: %v", name, err)
		}
	}
}
