package sqlite_test

import (
	"slices"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	files "github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
	"github.com/rowhouse-go/rowhouse/isolationtest"
)

// TestTheSuiteHoldsOnSQLite runs the conformance suite, all of it with ROWHOUSE_PROOF=1,
// with each statement prepared and as it is. Two groups are about PostgreSQL's sessions and types alone: what stands for
// "escapes" here is TestTheGuardKeepsStatementsInside of the level, and SQLite has no
// statement that is remembered from one tenant's file to the next.
func TestTheSuiteHoldsOnSQLite(t *testing.T) {
	proof := pgtest.Proof()
	groups := slices.DeleteFunc(isolationtest.Groups(), func(name string) bool {
		// The crowd of "concurrency" meets fences too.
		return name == "escapes" || name == "prepared statements" || name == "fence" && !proof
	})
	for name, open := range map[string]func(s *street) isolationtest.Opener{
		"sql":          func(s *street) isolationtest.Opener { return s.door(isolationtest.SQL) },
		"sql prepared": func(s *street) isolationtest.Opener { return s.door(isolationtest.SQLStatements) },
	} {
		t.Run(name, func(t *testing.T) {
			groups := groups
			if name == "sql prepared" && !proof {
				groups = []string{"visibility", "writes", "aborted transaction"} // the way to the file is the same
			}
			s := newStreet(t)
			isolationtest.Run(t, isolationtest.Target{
				Street: s, Open: open(s), Capabilities: files.Level{}.Capabilities(),
				Load: isolationtest.Load{Goroutines: 40, Connections: 8, Tenants: 6, Statements: 6},
			}, groups...)
		})
	}
}
