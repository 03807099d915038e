package tenantsql_test

import (
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// ORMs nest transactions with savepoints that they write as SQL.
func TestSavepoints(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx := w.as(t, "a")
	cases := map[string]struct {
		script []string // "!" marks a statement that fails
		people string
	}{
		"rolled back": {[]string{"SAVEPOINT s", "DELETE FROM people", "ROLLBACK TO SAVEPOINT s"}, "1"},
		"released":    {[]string{"SAVEPOINT s", "DELETE FROM people", "RELEASE SAVEPOINT s"}, "0"},
		"short forms": {[]string{"savepoint S;", "DELETE FROM people", "rollback to s", "release s"}, "1"},
		"spelled out": {[]string{`SAVEPOINT "S"`, "DELETE FROM people", `/* back */ ROLLBACK WORK TO SAVEPOINT "S" ;`}, "1"},
		"kept after rolling back": {[]string{
			"SAVEPOINT s", "DELETE FROM people", "ROLLBACK TO s", "DELETE FROM people", "ROLLBACK TO s", "RELEASE s", "!RELEASE s"}, "1"},
		"inner goes with outer": {[]string{
			"SAVEPOINT outside", "SAVEPOINT inside", "DELETE FROM people", "ROLLBACK TO outside", "!ROLLBACK TO inside"}, "1"},
		"newest of one name": {[]string{
			"SAVEPOINT s", "INSERT INTO people VALUES (2)", "SAVEPOINT s", "DELETE FROM people", "ROLLBACK TO s", "RELEASE s"}, "2"},
		"after an error":         {[]string{"SAVEPOINT s", "!INSERT INTO people VALUES (1)", "ROLLBACK TO s"}, "1"},
		"no transaction control": {[]string{"!COMMIT", "!ROLLBACK", "!SAVEPOINT", "!SAVEPOINT a b", "!ROLLBACK AND CHAIN", "!RELEASE a b c", "!SAVEPOINT a; COMMIT", "!SAVEPOINT 'a'", "!SAVEPOINT a.b"}, "1"},
	}
	for name, c := range cases {
		tx := begin(t, w, "a", nil)
		for _, line := range c.script {
			query, fails := line, line[0] == '!'
			if fails {
				query = line[1:]
			}
			if _, err := tx.ExecContext(ctx, query); (err != nil) != fails {
				t.Errorf("%s: %s: %v", name, query, err)
			}
		}
		if got := text(t, tx, ctx, "SELECT count(*)::text FROM people"); got != c.people {
			t.Errorf("%s: %s people, want %s", name, got, c.people)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		w.idle(t)
	}
}

func TestASavepointNeedsItsTransactionAndTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	if _, err := w.db.ExecContext(w.as(t, "a"), "SAVEPOINT s"); !errors.Is(err, tenantpgx.ErrRefused) {
		t.Errorf("outside a transaction: %v", err)
	}
	tx := begin(t, w, "a", nil)
	defer tx.Rollback()
	if _, err := tx.ExecContext(w.as(t, "b"), "SAVEPOINT s"); !errors.Is(err, tenant.ErrMismatch) {
		t.Errorf("for another tenant: %v", err)
	}
}
