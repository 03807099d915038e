package migrate

import (
	"fmt"
	"io"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// script is text for psql. The first error of its writer stays.
type script struct {
	w   io.Writer
	err error
}

func (s *script) line(format string, args ...any) {
	if s.err == nil {
		_, s.err = fmt.Fprintf(s.w, format+"\n", args...)
	}
}

func (s *script) head() {
	s.line(`-- Migrations for psql: psql -X -f FILE "$DATABASE_URL". What was applied already is passed
-- over, so it may be run again. The results of queries are dropped (on Windows write NUL).
\set ON_ERROR_STOP on
\set ON_ERROR_ROLLBACK off
\set AUTOCOMMIT on
\o /dev/null`)
}

// database goes to another database of the server, and undoes its defaults.
func (s *script) database(h home) {
	if h.database != "" {
		s.line(`\connect %s`, psqlWord(h.database))
	}
	s.line("%s;", session)
	s.line(`SELECT to_regclass('rowhouse.ledger') IS NULL AS rowhouse_absent \gset
\if :rowhouse_absent
DO 'BEGIN RAISE EXCEPTION ''there is no rowhouse.ledger in this database: run rowhouse init first''; END';
\endif`)
}

// migration writes one migration of one target. What makes a target's home stands
// before its first one.
func (s *script) migration(t *target, m *Migration, first bool) {
	s.line(`
SELECT count(*) AS rowhouse_have, count(*) FILTER (WHERE version = %d) = 0 AS rowhouse_todo FROM rowhouse.ledger WHERE target = %s \gset
\if :rowhouse_todo
\echo %s`, m.Version, ident.Literal(t.key), psqlWord(t.label+": "+m.String()))
	if m.NoTx {
		s.alone(t, m)
	} else {
		s.line("%s;", beginMigration)
		s.enter(t, first)
		s.statements(t, m)
		s.verify(t)
		s.line("%s;\nCOMMIT;", addToLedger(t, batch{m}))
	}
	s.line(`\endif`)
}

// enter does what [message.enter] does; psql fills in how many entries there are.
func (s *script) enter(t *target, first bool) {
	if limits := t.limits.set(true); limits != "" {
		s.line("%s;", limits)
	}
	s.line("SELECT rowhouse.ledger_begin(%s, :rowhouse_have, %d);", ident.Literal(t.key), t.lock)
	if first {
		for _, c := range t.create {
			s.line("%s;", c.Inline())
		}
	}
	s.line("%s;", t.enter.Inline())
}

// alone writes a file without a transaction, as [Runner.applyAlone] runs it.
func (s *script) alone(t *target, m *Migration) {
	if limits := t.limits.set(false); limits != "" {
		s.line("%s;", limits)
	}
	s.line("DO %s;", ident.Literal(fmt.Sprintf("BEGIN IF NOT pg_try_advisory_lock(%d) THEN RAISE EXCEPTION %s; END IF; END",
		t.lock, ident.Literal("another migration of this tenant is running"))))
	if t.tenant != nil && t.pool == nil {
		s.line("SELECT pg_advisory_lock_shared(%d);", ident.LockKey(t.tenant.ID))
	}
	s.line("%s;", beginMigration)
	s.enter(t, false)
	s.line(`SELECT set_config('rowhouse.path', current_setting('search_path'), false);
COMMIT;
SELECT set_config('search_path', current_setting('rowhouse.path'), false);`)
	s.statements(t, m)
	s.verify(t)
	s.line("%s;", addToLedger(t, batch{m}))
	s.line("SELECT set_config('search_path', '', false), pg_advisory_unlock_all();\nRESET lock_timeout;\nRESET statement_timeout;")
}

// verify writes the target's check, if it has one.
func (s *script) verify(t *target) {
	if t.check != "" {
		s.line("%s;", t.check)
	}
}

func (s *script) statements(t *target, m *Migration) {
	for _, st := range m.Up {
		s.line("%s;", colonsApart(sqllex.Replace(st.SQL, t.schema)))
	}
}

// colonsApart puts a blank behind colons: psql would put a variable's value in the
// place of a[1:n]'s n.
func colonsApart(sql string) string {
	var b strings.Builder
	colon := false
	for t := range sqllex.Tokens(sql) {
		if colon && t.Kind != sqllex.Punct && t.Kind != sqllex.Space {
			b.WriteByte(' ')
		}
		b.WriteString(t.Text)
		colon = t.Text == ":"
	}
	return b.String()
}

// psqlWord quotes an argument of a psql command. What could end the line or mean
// something to psql becomes a question mark.
func psqlWord(s string) string {
	return "'" + strings.Map(func(r rune) rune {
		if r < ' ' || r == '\'' || r == '\\' || r == 0x7f || r == 0x2028 || r == 0x2029 {
			return '?'
		}
		return r
	}, s) + "'"
}
