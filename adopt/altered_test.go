package adopt_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/adopt"
)

// Who alters the tables after they were looked at is not overlooked: what is adopted
// would not be what the files make.
func TestAlteredMeanwhile(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"a new table":  "CREATE TABLE late (i int)",
		"a new column": "ALTER TABLE people ADD late int",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEstate(t, people)
			e.exec("BEGIN; SELECT FROM people") // the plan can be made, but not carried out
			failed := make(chan error)
			go func() {
				_, err := adopt.New(e.config()).Run(t.Context(), adopt.Options{Slug: "acme"})
				failed <- err
			}()
			e.waitedFor()
			e.exec(sql + "; COMMIT")
			if err := <-failed; !errors.Is(err, adopt.ErrChanged) {
				t.Errorf("got %v", err)
			}
			if _, err := os.Stat(e.folder("tenant") + "/0001_baseline.sql"); err == nil {
				t.Error("the baseline is still there")
			}
			report := e.must(adopt.Options{Slug: "acme"})
			e.equal(report.Tenant, e.create("second"))
		})
	}
}

// waitedFor returns when somebody waits for a lock on people.
func (e *estate) waitedFor() {
	e.t.Helper()
	for range 3000 {
		if e.text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'public.people'::regclass") == "1" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	e.t.Fatal("nobody waits")
}
