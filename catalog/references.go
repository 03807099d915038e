package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// Mention is a place where stored text spells the name of a schema. PostgreSQL does
// not follow it when the schema is renamed, and a copy of it still means the first.
type Mention struct {
	Kind   string // of the object: function, trigger, column, comment, role setting …
	Object string
	Text   string // the literal, or the line of it, that has the name
}

func (m Mention) String() string { return fmt.Sprintf("%s %s: %s", m.Kind, m.Object, m.Text) }

// References searches the stored texts of a schema, and the settings of roles in
// this database, for names of schemas; without names, for the schema's own. These
// are the bodies of functions that are strings, search paths that functions set,
// arguments of triggers, comments, and literals in defaults, checks, policies, rules
// and views. What PostgreSQL keeps as a reference, such as 'a.b'::regclass, is safe
// and not listed.
func References(ctx context.Context, db Beginner, schema string, names ...string) ([]Mention, error) {
	if len(names) == 0 {
		names = []string{schema}
	}
	names = spellings(names)
	s, err := inspect(ctx, db, schema, true, []Option{Ignore()})
	if err != nil {
		return nil, err
	}
	var all []Mention
	for _, o := range s.Objects {
		all = append(all, o.mentions(names)...)
	}
	settings, err := roleSettings(ctx, db, names)
	if err != nil {
		return nil, fmt.Errorf("catalog: references of %s: %w", schema, err)
	}
	return append(all, settings...), nil
}

// spellings adds how names with quotes are written inside identifiers and strings.
func spellings(names []string) (all []string) {
	for _, name := range names {
		quoted := strings.ReplaceAll(name, `"`, `""`)
		all = append(all, name, quoted, strings.ReplaceAll(name, "'", "''"), strings.ReplaceAll(quoted, "'", "''"))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (o Object) mentions(names []string) (all []Mention) {
	if o.Kind == "enum" || o.Kind == "grant" {
		return nil // labels and roles, whatever they are called
	}
	for _, a := range o.Attrs {
		texts := literals(a.Value)
		if o.Kind == "comment" {
			texts = []string{a.Value}
		}
		for _, text := range texts {
			if line, ok := spelt(text, names); ok {
				all = append(all, Mention{o.Kind, o.String(), line})
			}
		}
	}
	return all
}

// literals returns the string constants of an SQL text but those that are stored as
// references.
func literals(sql string) (all []string) {
	var code []sqllex.Token
	for t := range sqllex.Code(sql) {
		code = append(code, t)
	}
	for i, t := range code {
		if t.Kind == sqllex.String && !isReference(code[i+1:]) {
			all = append(all, t.Text)
		}
	}
	return all
}

// isReference reports whether a constant is cast to one of the types whose values
// are objects of the catalog.
func isReference(after []sqllex.Token) bool {
	if len(after) < 3 || after[0].Text != ":" || after[1].Text != ":" {
		return false
	}
	switch after[2].Name() {
	case "regclass", "regtype", "regproc", "regprocedure", "regoper", "regoperator",
		"regnamespace", "regconfig", "regdictionary", "regcollation":
		return true
	}
	return false
}

// spelt returns the first line of a text that has one of the names as a whole word.
func spelt(text string, names []string) (string, bool) {
	for line := range strings.Lines(text) {
		for _, name := range names {
			if hasWord(line, name) {
				return strings.TrimSpace(line), true
			}
		}
	}
	return "", false
}

func hasWord(line, name string) bool {
	for from := 0; ; {
		at := strings.Index(line[from:], name)
		if at < 0 || name == "" {
			return false
		}
		begin, end := from+at, from+at+len(name)
		if (begin == 0 || !inName(line[begin-1])) && (end == len(line) || !inName(line[end])) {
			return true
		}
		from = begin + 1
	}
}

func inName(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// roleSettings finds names in what ALTER ROLE and ALTER DATABASE have set.
func roleSettings(ctx context.Context, db Beginner, names []string) (all []Mention, err error) {
	const query = `SELECT CASE setrole WHEN 0 THEN 'all' ELSE setrole::regrole::text END, setting
FROM pg_db_role_setting, unnest(setconfig) AS setting
WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))`
	var role, setting string
	err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, query, pgx.QueryExecModeExec)
		_, err := pgx.ForEachRow(rows, []any{&role, &setting}, func() error {
			if line, ok := spelt(setting, names); ok {
				all = append(all, Mention{"role setting", role, line})
			}
			return nil
		})
		return err
	})
	return all, err
}
