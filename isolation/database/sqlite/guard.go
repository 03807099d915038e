package sqlite

import (
	"strings"

	sqlitedriver "modernc.org/sqlite"
)

// guard keeps an application's statements inside its tenant: SQLite asks it about
// each action when it compiles a statement, also about those inside triggers and views.
// Off, while Rowhouse's own statements run, it allows everything.
type guard struct{ on bool }

// authorize refuses what would leave the file, the transaction or the connection as
// it was not: other files, transactions, settings, temporary objects, which stay for
// the next user of the connection, and changes of Rowhouse's own tables.
func (g *guard) authorize(action sqlitedriver.AuthorizerActionCode, one, two, database, _ string) sqlitedriver.AuthorizerReturnCode {
	if !g.on || allowed(action, one, two, database) {
		return sqlitedriver.AuthorizerOK
	}
	return sqlitedriver.AuthorizerDeny
}

func allowed(action sqlitedriver.AuthorizerActionCode, one, two, database string) bool {
	switch action {
	case sqlitedriver.AuthAttach, sqlitedriver.AuthDetach, sqlitedriver.AuthTransaction,
		sqlitedriver.AuthCreateTempIndex, sqlitedriver.AuthCreateTempTable,
		sqlitedriver.AuthCreateTempTrigger, sqlitedriver.AuthCreateTempView:
		return false
	case sqlitedriver.AuthPragma:
		return harmless(one)
	case sqlitedriver.AuthInsert, sqlitedriver.AuthUpdate, sqlitedriver.AuthDelete,
		sqlitedriver.AuthDropTable, sqlitedriver.AuthCreateTable, sqlitedriver.AuthDropView, sqlitedriver.AuthCreateView:
		return !ours(one) && database != sharedSchema
	case sqlitedriver.AuthAlterTable, sqlitedriver.AuthCreateIndex, sqlitedriver.AuthDropIndex,
		sqlitedriver.AuthCreateTrigger, sqlitedriver.AuthDropTrigger:
		return !ours(one) && !ours(two)
	}
	return true
}

// ours reports whether a table is Rowhouse's. SQLite compares names without case.
func ours(name string) bool { return strings.HasPrefix(strings.ToLower(name), "rowhouse_") }

// harmless reports whether a PRAGMA only describes the tables, or ends with the
// transaction.
func harmless(name string) bool {
	switch strings.ToLower(name) {
	case "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo",
		"foreign_key_list", "foreign_key_check", "defer_foreign_keys":
		return true
	}
	return false
}
