package migrate

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// statements splits a part of a file and refuses what must not run.
func (m *Migration) statements(file, text string) ([]Statement, error) {
	return m.checked(file, sqllex.Split(text))
}

func (m *Migration) checked(file string, all []sqllex.Statement) ([]Statement, error) {
	out := make([]Statement, 0, len(all))
	for _, s := range all {
		if reason := m.refuse(s); reason != "" {
			return nil, &ParseError{File: file, Line: s.Line, Reason: reason}
		}
		out = append(out, Statement{SQL: s.Text, Line: s.Line})
	}
	return out, nil
}

// refuse returns why a statement may not be in a migration, or "". What it lets
// through cannot end the migration's transaction or lead it to another schema by
// accident; it is no defence against an author who wants to.
func (m *Migration) refuse(s sqllex.Statement) string {
	if s.Open {
		return "a string, quoted name or comment is not closed"
	}
	code := codeOf(s.Text)
	switch {
	case code[0].Text == `\`:
		return "this is a command of psql, not SQL: remove it"
	case endsTransaction(code):
		return "begins or ends a transaction: remove it; a migration runs in a transaction of its own unless it says -- +goose NO TRANSACTION"
	case movesPath(code):
		return "changes the search path or the role, which Rowhouse sets for each tenant: remove it"
	case leaksSetting(code) && !m.NoTx:
		return "would keep this setting for the tenants that follow: write SET LOCAL"
	case code[0].Is("COPY") && hasAny(code, "STDIN", "STDOUT"):
		return "COPY with the client has no client here: use INSERT, or a Go migration"
	case outsideTx(code) && !m.NoTx:
		return "cannot run inside a transaction: move it to a file of its own with the line -- +goose NO TRANSACTION"
	}
	return m.refusePlaceholder(code)
}

func (m *Migration) refusePlaceholder(code []sqllex.Token) string {
	for _, t := range code {
		if t.Kind == sqllex.String && strings.Contains(t.Text, sqllex.Placeholder) {
			return sqllex.Placeholder + " is not replaced inside strings and function bodies: use names without a schema there"
		}
		if t.IsPlaceholder() && m.Scope == Shared {
			return sqllex.Placeholder + " names a tenant, and a shared migration has none"
		}
	}
	return ""
}

func endsTransaction(code []sqllex.Token) bool {
	first := strings.ToUpper(code[0].Text)
	switch first {
	case "BEGIN", "COMMIT", "END", "ABORT":
		return true
	case "START", "PREPARE":
		return at(code, 1, "TRANSACTION")
	case "ROLLBACK": // back to a savepoint is the author's own business
		return !hasAny(code, "TO")
	}
	return false
}

// movesPath finds SET, RESET, DISCARD and set_config of what decides whose tables
// are seen.
func movesPath(code []sqllex.Token) bool {
	switch {
	case at(code, 0, "DISCARD"):
		return true
	case at(code, 0, "SET"), at(code, 0, "RESET"):
		i := 1
		if at(code, 1, "LOCAL") || at(code, 1, "SESSION") && !at(code, 2, "AUTHORIZATION") {
			i = 2
		}
		return i < len(code) && decides(code[i].Name()) || at(code, i, "ALL")
	case at(code, 0, "CREATE"):
		return false
	}
	for i, t := range code {
		if t.Name() == "set_config" && i+2 < len(code) && code[i+2].Kind == sqllex.String && decides(strings.Trim(code[i+2].Text, "eE'")) {
			return true
		}
	}
	return false
}

func decides(setting string) bool {
	switch strings.ToLower(setting) {
	case "search_path", "schema", "role", "session", "session_authorization":
		return true
	}
	return false
}

func leaksSetting(code []sqllex.Token) bool {
	return at(code, 0, "SET") && !at(code, 1, "LOCAL") && !at(code, 1, "CONSTRAINTS") && !at(code, 1, "TRANSACTION")
}

// outsideTx reports whether PostgreSQL refuses the statement in a transaction block.
func outsideTx(code []sqllex.Token) bool {
	switch strings.ToUpper(code[0].Text) {
	case "VACUUM":
		return true
	case "CREATE", "DROP", "REINDEX":
		return at(code, 1, "DATABASE") || at(code, 1, "TABLESPACE") || at(code, 1, "SYSTEM") ||
			hasAny(code[:min(len(code), 6)], "CONCURRENTLY")
	case "ALTER":
		return at(code, 1, "SYSTEM") || at(code, 1, "TABLE") && hasAny(code, "CONCURRENTLY") && hasAny(code, "DETACH")
	}
	return false
}

// addsEnumValue reports whether the statement adds a value that may not be used
// before its transaction has committed.
func addsEnumValue(sql string) bool {
	code := codeOf(sql)
	return at(code, 0, "ALTER") && at(code, 1, "TYPE") && hasAny(code, "ADD") && hasAny(code, "VALUE")
}

func codeOf(sql string) []sqllex.Token { return slices.Collect(sqllex.Code(sql)) }

func at(code []sqllex.Token, i int, word string) bool { return i < len(code) && code[i].Is(word) }

func hasAny(code []sqllex.Token, words ...string) bool {
	return slices.ContainsFunc(code, func(t sqllex.Token) bool {
		return slices.ContainsFunc(words, t.Is)
	})
}
