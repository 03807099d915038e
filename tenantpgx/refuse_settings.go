package tenantpgx

import (
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// protected reports whether a setting decides which tenant a statement sees, or
// how the door reads SQL.
func protected(setting string) bool {
	switch setting {
	case "search_path", "schema", "role", "session", "session_authorization", "row_security",
		"transaction_read_only", "transaction", "session_replication_role", "standard_conforming_strings":
		return true
	}
	return strings.HasPrefix(setting, "rowhouse.")
}

// checkSet lets SET LOCAL of harmless settings and SET CONSTRAINTS pass: they end
// with the transaction.
func checkSet(tokens []sqllex.Token) error {
	if len(tokens) < 3 || tokens[1].Is("CONSTRAINTS") {
		return nil
	}
	if !tokens[1].Is("LOCAL") {
		return refuse("SET "+tokens[1].Text, "the setting would leak to the next tenant: use SET LOCAL in a transaction")
	}
	return checkSetting(dotted(tokens[2:]))
}

// dotted returns a name like search_path or app.user.
func dotted(tokens []sqllex.Token) string {
	name := tokens[0].Name()
	if len(tokens) > 2 && tokens[1].Text == "." {
		name += "." + tokens[2].Name()
	}
	return strings.ToLower(name)
}

func checkSetting(name string) error {
	if protected(strings.ToLower(name)) {
		return refuse("setting "+name, "it decides which tenant is seen")
	}
	return nil
}

// checkNames looks for functions and schemas that reach past the transaction,
// wherever they stand in the statement.
func checkNames(tokens []sqllex.Token) error {
	for i, t := range tokens {
		if t.Kind != sqllex.Word && t.Kind != sqllex.Quoted {
			continue
		}
		switch name := t.Name(); {
		case t.Kind == sqllex.Quoted && t.Text[0] != '"':
			return refuse(`U&"…"`, "spell the name plainly")
		case name == "set_config":
			if err := checkSetConfig(tokens[i+1:]); err != nil {
				return err
			}
		case name == "pg_settings" && slices.ContainsFunc(tokens, func(t sqllex.Token) bool { return t.Is("UPDATE") }):
			return refuse("UPDATE of pg_settings", "it sets for the whole session: use SET LOCAL in a transaction")
		case strings.HasPrefix(name, "pg_temp"):
			return refuse(name, "temporary objects are reached by their plain name")
		case name == "lastval", name == "currval" && called(tokens[i+1:]):
			return refuse(name, "it tells what the session's last user inserted: use RETURNING")
		case name == "setseed":
			return refuse(name, "the next tenant's random() would follow from it")
		case runsText(name, tokens[i+1:]):
			return refuse(name, "it runs SQL that nobody reads: write the query itself")
		case everybodys(name):
			return refuse(name, "it reaches what is not the tenant's: use a connection of your own")
		case (name == "pg_cancel_backend" || name == "pg_terminate_backend") && !ownSession(tokens[i+1:]):
			return refuse(name, "the session may be another tenant's: use a connection of your own")
		case sessionLock(name):
			return refuse(name, "the lock would outlive the transaction: use the _xact_ form")
		}
	}
	return nil
}

// runsText reports functions, built in or of tablefunc and dblink, that run a query
// which they are given as text.
func runsText(name string, rest []sqllex.Token) bool {
	if name == "ts_rewrite" {
		return len(arguments(rest)) == 2
	}
	return strings.HasPrefix(name, "query_to_xml") || name == "ts_stat" ||
		called(rest) && (strings.HasPrefix(name, "crosstab") || name == "connectby" || strings.HasPrefix(name, "dblink"))
}

func called(rest []sqllex.Token) bool { return len(rest) > 0 && rest[0].Text == "(" }

// everybodys reports what a role has once, whatever tenant it works for: large objects,
// sessions with the text of their statements, prepared statements.
func everybodys(name string) bool {
	switch name {
	case "lo_creat", "lo_create", "lo_from_bytea", "lo_get", "lo_put", "lo_open", "lo_import", "lo_export", "lo_unlink",
		"pg_largeobject", "pg_stat_activity", "pg_stat_get_activity", "pg_stat_statements",
		"pg_prepared_statements", "pg_prepared_statement":
		return true
	}
	return false
}

// ownSession reports whether the first argument is pg_backend_pid().
func ownSession(rest []sqllex.Token) bool {
	args := arguments(rest)
	return len(args) > 0 && len(args[0]) == 3 && args[0][0].Name() == "pg_backend_pid"
}

func sessionLock(name string) bool {
	advisory := strings.HasPrefix(name, "pg_advisory_") || strings.HasPrefix(name, "pg_try_advisory_")
	return advisory && !strings.Contains(name, "_xact_")
}

// checkSetConfig reads the arguments of set_config: the setting must be a literal
// that is not protected, and the last argument a literal true.
func checkSetConfig(tokens []sqllex.Token) error {
	args := arguments(tokens)
	if len(args) != 3 || len(args[0]) != 1 || args[0][0].Kind != sqllex.String {
		return refuse("set_config", "name the setting as a literal")
	}
	if local := args[2]; len(local) != 1 || !(local[0].Is("TRUE") || local[0].Text == "'t'" || local[0].Text == "'true'") {
		return refuse("set_config", "the setting would leak to the next tenant: its last argument must be true")
	}
	literal := args[0][0].Text
	if !strings.HasPrefix(literal, "'") {
		return refuse("set_config", "name the setting as a plain literal")
	}
	return checkSetting(strings.Trim(literal, "'"))
}

// arguments cuts "( a, b, c )" at its outer commas.
func arguments(tokens []sqllex.Token) [][]sqllex.Token {
	if len(tokens) == 0 || tokens[0].Text != "(" {
		return nil
	}
	args, depth := [][]sqllex.Token{nil}, 0
	for _, t := range tokens[1:] {
		switch {
		case t.Text == ")" && depth == 0:
			return args
		case t.Text == "," && depth == 0:
			args = append(args, nil)
			continue
		case t.Text == "(":
			depth++
		case t.Text == ")":
			depth--
		}
		args[len(args)-1] = append(args[len(args)-1], t)
	}
	return nil
}

// checkBody reads the body of DO, which runs as statements of its own. EXECUTE of
// computed text is beyond any reader and is refused, and so is text with escapes.
func checkBody(tokens []sqllex.Token) error {
	for i, t := range tokens {
		if t.Kind != sqllex.String {
			continue
		}
		if t.Text[0] != '$' && t.Text[0] != '\'' || tokens[i-1].Kind == sqllex.String {
			return refuse("DO with an escaped or continued string", "write the body between $$")
		}
		if err := checkLines(code(unquote(t.Text))); err != nil {
			return err
		}
	}
	return nil
}

func checkLines(body []sqllex.Token) error {
	if err := checkNames(body); err != nil {
		return err
	}
	for i, w := range body {
		first := i == 0 || body[i-1].Text == ";" || opensBlock(body[i-1])
		switch verb := strings.ToUpper(w.Text); verb {
		case "EXECUTE":
			return refuse(verb+" in DO", "write the statement without DO")
		case "TEMP", "TEMPORARY":
			if i > 0 && (body[i-1].Is("CREATE") || body[i-1].Is("REPLACE") || body[i-1].Is("LOCAL") || body[i-1].Is("GLOBAL")) {
				return refuse("a temporary object in DO", "write the statement without DO")
			}
		case "RESET", "DISCARD", "LISTEN", "UNLISTEN", "LOAD", "PREPARE", "DEALLOCATE":
			if first {
				return refuse(verb+" in DO", "it changes the session; use a connection of your own")
			}
		case "DO":
			if first {
				return refuse("DO in DO", "write one body")
			}
		case "CREATE", "ALTER", "DROP", "NOTIFY":
			if err := checkVerb(body[i:]); first && err != nil {
				return err
			}
		case "SET":
			if first || i+1 < len(body) && protected(body[i+1].Name()) {
				return refuse("SET in DO", "use SET LOCAL in a transaction")
			}
		}
	}
	return nil
}

// opensBlock reports whether a statement of PL/pgSQL begins after t.
func opensBlock(t sqllex.Token) bool {
	return t.Is("BEGIN") || t.Is("THEN") || t.Is("ELSE") || t.Is("LOOP") || t.Text == ">"
}

// unquote takes the delimiters off a string literal.
func unquote(literal string) string {
	if strings.HasPrefix(literal, "$") {
		tag := literal[:strings.IndexByte(literal[1:], '$')+2]
		return strings.TrimSuffix(strings.TrimPrefix(literal, tag), tag)
	}
	return strings.ReplaceAll(strings.Trim(literal, "'"), "''", "'")
}
