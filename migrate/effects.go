package migrate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// The lock modes, as PostgreSQL names them, of those that are spoken of.
const (
	rowExclusive         = "ROW EXCLUSIVE"
	shareUpdateExclusive = "SHARE UPDATE EXCLUSIVE"
	share                = "SHARE"
	shareRowExclusive    = "SHARE ROW EXCLUSIVE"
	accessExclusive      = "ACCESS EXCLUSIVE"
)

// reader reads from the text of statements what they do. It goes through the
// pending migrations in order: a table that one of them makes is empty and nobody
// waits for it.
type reader struct {
	shared map[string]*Migration // the shared tables
	home   string                // the shared schema
	made   map[string]bool       // tables of this plan's own
	sizes  map[string]size
	large  int64

	scope   Scope
	targets int
	effect  *Effect
}

func (r *reader) migration(m *Migration, targets int) Forecast {
	f := Forecast{Migration: m, Targets: targets}
	r.scope, r.targets = m.Scope, targets
	for _, s := range m.Up {
		r.effect = &Effect{Statement: s}
		r.statement(codeOf(s.SQL))
		f.Effects = append(f.Effects, *r.effect)
	}
	return f
}

func (r *reader) find(kind, format string, args ...any) {
	r.effect.Findings = append(r.effect.Findings, Finding{kind, fmt.Sprintf(format, args...)})
}

func (r *reader) statement(code []sqllex.Token) {
	switch strings.ToUpper(code[0].Text) {
	case "CREATE":
		r.create(code)
	case "ALTER":
		r.alter(code)
	case "DROP":
		r.drop(code)
	case "TRUNCATE":
		r.truncate(code)
	case "INSERT", "UPDATE", "DELETE", "MERGE", "WITH":
		r.change(code)
	case "VACUUM", "CLUSTER", "REINDEX", "REFRESH", "LOCK":
		r.maintain(code)
	case "DO", "CALL", "EXECUTE":
		r.find(Unseen, "what this code does cannot be told from its text: read it for locks and for lost data")
	}
}

// lock notes a lock on a table that was there before.
func (r *reader) lock(table, mode string) {
	if table == "" || r.made[table] {
		return
	}
	l := TableLock{Table: table, Mode: mode, Shared: r.scope == Shared || r.shared[table] != nil}
	if slices.Contains(r.effect.Locks, l) {
		return
	}
	r.effect.Locks = append(r.effect.Locks, l)
	if !l.Shared || mode != shareRowExclusive && mode != accessExclusive && mode != share {
		return
	}
	if r.scope == Shared {
		r.find(SharedLock, "locks the shared table %s (%s): every tenant waits until it is done; give --lock-timeout", table, mode)
	} else {
		r.find(SharedLock, "locks the shared table %s (%s) once for each of %d tenants: nobody writes to it meanwhile, and workers wait for each other",
			table, mode, r.targets)
	}
}

// slow notes work on every row of a table while it is locked.
func (r *reader) slow(table, what, instead string) {
	if s := r.sizes[table]; !r.made[table] && s.rows >= r.large {
		r.find(Blocking, "%s, which has about %d rows (%d MB) where it is largest: %s", what, s.rows, s.bytes>>20, instead)
	}
}

func (r *reader) rewrite(table, why string) {
	if r.made[table] || slices.Contains(r.effect.Rewrites, table) {
		return
	}
	r.effect.Rewrites = append(r.effect.Rewrites, table)
	r.find(Rewrite, "%s: every row of %s is written anew while nobody can read it (about %d rows where it is largest)", why, table, r.sizes[table].rows)
}

// table reads the name at code[i], without its schema, and where it ends.
func (r *reader) table(code []sqllex.Token, i int) (string, int) {
	for i < len(code) && (code[i].Is("IF") || code[i].Is("NOT") || code[i].Is("EXISTS") || code[i].Is("ONLY") || code[i].Is("TABLE")) {
		i++
	}
	if i >= len(code) {
		return "", i
	}
	_, name, next := qualified(code, i)
	return name, next
}

// after returns the name that follows a word, or "".
func (r *reader) after(code []sqllex.Token, word string) string {
	if i := slices.IndexFunc(code, func(t sqllex.Token) bool { return t.Is(word) }); i >= 0 {
		name, _ := r.table(code, i+1)
		return name
	}
	return ""
}

// references notes the locks on the tables that foreign keys lead to.
func (r *reader) references(code []sqllex.Token) {
	for i, t := range code {
		if t.Is("REFERENCES") {
			name, _ := r.table(code, i+1)
			r.lock(name, shareRowExclusive)
		}
	}
}
