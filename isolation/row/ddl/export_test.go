package ddl

import (
	"fmt"
	"strings"

	"github.com/rowhouse-go/rowhouse/isolation"
)

// VerifyEach is [Verify] with the number of the check in front of each finding, of n.
func VerifyEach(schema string) (s isolation.Statement, n int) {
	var all []string
	for i, check := range checks() {
		all = append(all, fmt.Sprintf("SELECT %d, object::text, problem FROM (%s) AS v (object, problem)", i, check))
	}
	return isolation.Statement{SQL: verifyHead + strings.Join(all, "\nUNION ALL "), Args: []string{schema}}, len(all)
}

// Check returns the query of a check.
func Check(i int) string { return checks()[i] }
