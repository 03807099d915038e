package sqlite

import (
	"slices"
	"strings"

	sqlitedriver "modernc.org/sqlite"
)

// guard keeps an application's statements inside its tenant: SQLite asks it about
// each action when it compiles a statement, also about those inside triggers and views.
// Off, while Rowhouse's own statements run, it allows everything.
type guard struct {
	on      bool
	refused *RefusedError // what was refused last
	altered bool          // a table was, and may have a new name, which SQLite does not tell
}

// authorize refuses what would leave the file, the transaction or the connection as
// it was not: other files, transactions, settings, temporary objects, which stay for
// the next user of the connection, and changes of Rowhouse's own tables.
func (g *guard) authorize(action sqlitedriver.AuthorizerActionCode, one, two, database, _ string) sqlitedriver.AuthorizerReturnCode {
	if !g.on {
		return sqlitedriver.AuthorizerOK
	}
	if refused := refusal(action, one, two, database); refused != nil {
		g.refused = refused
		return sqlitedriver.AuthorizerDeny
	}
	g.altered = g.altered || action == sqlitedriver.AuthAlterTable
	return sqlitedriver.AuthorizerOK
}

// refusal says why an action is refused; nil allows it.
func refusal(action sqlitedriver.AuthorizerActionCode, one, two, database string) *RefusedError {
	switch action {
	case sqlitedriver.AuthAttach, sqlitedriver.AuthDetach:
		return refuse("another file (ATTACH, DETACH)", "statements stay in the tenant's own file; the shared tables can be read as they are")
	case sqlitedriver.AuthTransaction:
		return refuse(one, "begin and end transactions with BeginTx, Commit and Rollback; a migration is one already")
	case sqlitedriver.AuthCreateTempIndex, sqlitedriver.AuthCreateTempTable,
		sqlitedriver.AuthCreateTempTrigger, sqlitedriver.AuthCreateTempView:
		return temporary()
	case sqlitedriver.AuthPragma:
		if !harmless(one) {
			return refuse("PRAGMA "+one, "settings are Rowhouse's, and stay for who uses the connection next")
		}
	case sqlitedriver.AuthAlterTable: // its arguments are the database and the table
		return change(action, two, "", one)
	case sqlitedriver.AuthUpdate: // the second is a column
		return change(action, one, "", database)
	case sqlitedriver.AuthInsert, sqlitedriver.AuthDelete,
		sqlitedriver.AuthCreateTable, sqlitedriver.AuthCreateView, sqlitedriver.AuthCreateIndex,
		sqlitedriver.AuthCreateTrigger, sqlitedriver.AuthCreateVTable,
		sqlitedriver.AuthDropTable, sqlitedriver.AuthDropView, sqlitedriver.AuthDropIndex,
		sqlitedriver.AuthDropTrigger, sqlitedriver.AuthDropVTable:
		return change(action, one, two, database)
	}
	return nil
}

// change refuses changes outside the tenant's own tables.
func change(action sqlitedriver.AuthorizerActionCode, one, two, database string) *RefusedError {
	switch {
	case database == "temp" && action == sqlitedriver.AuthUpdate && strings.HasPrefix(one, "sqlite_temp_"):
		// Renaming a table does this, to the names that are there: none. Applications
		// cannot: SQLite keeps its schema tables from them.
		return nil
	case database == "temp":
		return temporary()
	case database == sharedSchema:
		return refuse("changing shared tables", "migrations of the shared tables can; ANALYZE main means the tenant's alone")
	case is(one, "sqlite_dbpage") || is(two, "sqlite_dbpage"):
		return refuse("writing sqlite_dbpage", "pages are written by SQLite alone")
	case ours(one):
		return reserved(one)
	case ours(two):
		return reserved(two)
	}
	return nil
}

// is compares as SQLite does, without case.
func is(name string, any ...string) bool {
	return slices.ContainsFunc(any, func(a string) bool { return strings.EqualFold(name, a) })
}

// ours reports whether a table is Rowhouse's. SQLite compares names without case.
func ours(name string) bool { return strings.HasPrefix(strings.ToLower(name), "rowhouse_") }

// harmless reports whether a PRAGMA only describes the tables, or ends with the
// transaction.
func harmless(name string) bool {
	switch strings.ToLower(name) {
	case "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo",
		"foreign_key_list", "foreign_key_check", "defer_foreign_keys",
		"data_version": // full-text search asks for it

		return true
	}
	return false
}
