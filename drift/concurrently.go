package drift

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// inTransaction returns the migration as it can run inside a transaction: indexes
// that are built CONCURRENTLY, because of those who are at the table, are built
// plainly where nobody is. That waits for no other transaction and commits nothing.
// A migration that needs to be outside for another reason is returned as it is.
func inTransaction(m migrate.Migration) migrate.Migration {
	if !m.NoTx {
		return m
	}
	up := slices.Clone(m.Up)
	for i := range up {
		sql, ok := plainly(up[i].SQL)
		if !ok {
			return m
		}
		up[i].SQL = sql
	}
	m.Up, m.NoTx = up, false
	return m
}

// plainly leaves out CONCURRENTLY. ok is false for a statement that may need to be
// outside a transaction all the same.
func plainly(sql string) (plain string, ok bool) {
	var words []string
	var b strings.Builder
	for t := range sqllex.Tokens(sql) {
		if t.Kind == sqllex.Word {
			words = append(words, strings.ToUpper(t.Text))
		}
		if !t.Is("CONCURRENTLY") {
			b.WriteString(t.Text)
		}
	}
	if len(words) < 2 {
		return "", false
	}
	switch words[0] {
	case "CREATE", "DROP", "REINDEX", "COMMENT", "INSERT", "UPDATE", "DELETE":
		return b.String(), words[1] != "DATABASE" && words[1] != "TABLESPACE" && words[1] != "SUBSCRIPTION"
	case "ALTER":
		return b.String(), words[1] == "TABLE" || words[1] == "INDEX"
	}
	return "", false
}
