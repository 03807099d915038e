package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// alterations are one for each kind of fact, and what is said of it.
func alterations() []struct{ sql, want string } {
	return []struct{ sql, want string }{
		{"ALTER TABLE users ALTER nick TYPE text", "users.nick: text, expected varchar(80)"},
		{"ALTER TABLE users ALTER nick TYPE varchar(81)", "users.nick: varchar(81), expected varchar(80)"},
		{"ALTER TABLE users ALTER name DROP NOT NULL", "users.name: lacks not null"},
		{"ALTER TABLE users ALTER nick TYPE varchar(80) COLLATE \"POSIX\"", `users.nick: collation "POSIX", expected none`},
		{"ALTER TABLE users ALTER name SET DEFAULT 'x'", "users.name: default 'x'::character varying, expected none"},
		{"ALTER TABLE users ALTER ticket DROP DEFAULT", "users.ticket: default none, expected nextval('tickets'::regclass)"},
		{"ALTER TABLE users ALTER id SET GENERATED ALWAYS", "users.id: identity always, expected by default"},
		{"ALTER TABLE users ALTER id DROP IDENTITY", "users.id: identity none, expected by default | sequence users_id_seq: missing"},
		{"ALTER TABLE users ALTER upper_name DROP EXPRESSION", "users.upper_name: generated none, expected upper((name)::text)"},
		{"ALTER TABLE users ALTER email SET STORAGE external", "users.email: storage external, expected none"},
		{"ALTER TABLE users ALTER email SET COMPRESSION pglz", "users.email: compression pglz, expected none"},
		{"ALTER TABLE users ALTER email SET STATISTICS 7", "users.email: statistics 7, expected none"},
		{"ALTER TABLE users ADD extra int", "users.extra: not expected"},
		{"ALTER TABLE users DROP upper_name", "users.upper_name: missing"},
		{"ALTER TABLE users RENAME upper_name TO up", "users.up: not expected | users.upper_name: missing"},
		{"ALTER TABLE polls DISABLE ROW LEVEL SECURITY", "table polls: lacks row security"},
		{"ALTER TABLE polls NO FORCE ROW LEVEL SECURITY", "table polls: lacks force row security"},
		{"ALTER TABLE users ENABLE ROW LEVEL SECURITY", "table users: row security, not expected"},
		{"ALTER TABLE polls SET (fillfactor = 80)", "table polls: options fillfactor=80, expected fillfactor=70"},
		{"ALTER TABLE archived SET UNLOGGED", "table archived: unlogged, not expected"},
		{"ALTER TABLE users REPLICA IDENTITY FULL", "table users: replica identity full, expected none"},
		{"CREATE TABLE more (id serial PRIMARY KEY)", "sequence more_id_seq: not expected | table more: not expected"},
		{"DROP TABLE archived", "table archived: missing"},
		{"DROP TABLE visits_2026", "table visits_2026: missing"},
		{"ALTER TABLE twice NO INHERIT empty_one", "table twice: inherits none, expected empty_one"},
		{"ALTER TABLE visits DETACH PARTITION visits_2026", "visits_2026.at: lacks inherited | visits_2026.who: lacks inherited | table visits_2026: partition of none, expected visits | table visits_2026: bound none, expected FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00')"},
		{"ALTER TABLE polls DROP CONSTRAINT polls_title_check", "constraint archived.polls_title_check: missing | constraint polls.polls_title_check: missing"},
		{"ALTER TABLE polls ALTER CONSTRAINT polls_owner_fkey NOT DEFERRABLE", "constraint polls.polls_owner_fkey: definition FOREIGN KEY (owner) REFERENCES users(id) ON DELETE CASCADE, expected FOREIGN KEY (owner) REFERENCES users(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"},
		{"ALTER TABLE users ADD CHECK (id > 0) NOT VALID", "constraint users.users_id_check: not expected"},
		{"ALTER TABLE polls RENAME CONSTRAINT polls_pkey TO polls_key", "constraint polls.polls_key: not expected | constraint polls.polls_pkey: missing"},
		{"DROP INDEX polls_title; CREATE INDEX polls_title ON polls (lower(title))", "index polls.polls_title: definition CREATE INDEX polls_title ON polls USING btree (lower(title)), expected CREATE UNIQUE INDEX polls_title ON polls USING btree (lower(title))"},
		{"DROP INDEX polls_open", "index polls.polls_open: missing"},
		{"CREATE INDEX more ON polls (state)", "index polls.more: not expected"},
		{"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'polls_open'::regclass", "index polls.polls_open: invalid, not expected"},
		{"ALTER INDEX polls_pkey SET (fillfactor = 50)", "constraint polls.polls_pkey: options fillfactor=50, expected none"},
		{"CLUSTER polls USING polls_pkey", "constraint polls.polls_pkey: clustered, not expected"},
		{"ALTER TABLE polls DISABLE TRIGGER touch", "trigger polls.touch: disabled, not expected"},
		{"ALTER TABLE polls DISABLE TRIGGER ALL", "constraint polls.polls_owner_fkey: not enforced, not expected | trigger polls.touch: disabled, not expected"},
		{"DROP TRIGGER touch ON polls", "trigger polls.touch: missing"},
		{"CREATE OR REPLACE TRIGGER touch BEFORE INSERT ON polls FOR EACH ROW EXECUTE FUNCTION touch()", "trigger polls.touch: definition CREATE TRIGGER touch BEFORE INSERT ON polls FOR EACH ROW EXECUTE FUNCTION touch(), expected CREATE TRIGGER touch BEFORE UPDATE OF title ON polls FOR EACH ROW WHEN ((old.title <> new.title)) EXECUTE FUNCTION touch('arg')"},
		{"ALTER TABLE users DISABLE RULE no_delete", "rule users.no_delete: disabled, not expected"},
		{"DROP RULE no_delete ON users", "rule users.no_delete: missing"},
		{"ALTER POLICY mine ON polls USING (true)", "policy polls.mine: using true, expected ((owner = (current_setting('app.user'::text))::bigint) OR (EXISTS ( SELECT"},
		{"DROP POLICY mine ON polls", "policy polls.mine: missing"},
		{"CREATE POLICY all_of_them ON polls", "policy polls.all_of_them: not expected"},
		{"CREATE OR REPLACE VIEW open_polls WITH (security_invoker = true) AS SELECT id, title FROM polls WHERE state = 'draft' WITH LOCAL CHECK OPTION", "view open_polls: definition WHERE (polls.state = 'draft'::state), expected WHERE (polls.state = 'open'::state)"},
		{"ALTER VIEW open_polls RESET (security_invoker)", "view open_polls: options check_option=local, expected check_option=local, security_invoker=true"},
		{"ALTER VIEW open_polls SET (check_option = cascaded)", "view open_polls: options check_option=cascaded, security_invoker=true, expected check_option=local, security_invoker=true"},
		{"ALTER VIEW open_polls ALTER title SET DEFAULT 'none'", "open_polls.title: not expected"},
		{"DROP VIEW open_polls", "view open_polls: missing"},
		{"ALTER SEQUENCE tickets INCREMENT 1", "sequence tickets: increment 1, expected 5"},
		{"ALTER SEQUENCE tickets AS int START 1 RESTART MAXVALUE 10 CYCLE CACHE 1", "sequence tickets: type integer, expected bigint | sequence tickets: start 1, expected 100 | sequence tickets: maximum 10, expected 9223372036854775807 | sequence tickets: cache 1, expected 3 | sequence tickets: cycle, not expected"},
		{"ALTER SEQUENCE tickets OWNED BY users.ticket", "sequence tickets: owned by users.ticket, expected none"},
		{"CREATE OR REPLACE FUNCTION state_of(p polls) RETURNS state LANGUAGE sql STABLE AS 'SELECT NULL::state'", "function state_of(p polls): definition AS $function$SELECT NULL::state$function$, expected AS $function$SELECT p.state$function$"},
		{"ALTER FUNCTION state_of VOLATILE", "function state_of(p polls): definition AS $function$SELECT p.state$function$, expected STABLE"},
		{"ALTER FUNCTION touch SECURITY INVOKER", "function touch(): definition SET search_path TO '__tenant__', 'pg_temp', expected SECURITY DEFINER"},
		{"ALTER FUNCTION touch RESET search_path", "function touch(): definition AS $function$, expected SET search_path TO '__tenant__', 'pg_temp'"},
		{"ALTER FUNCTION touch SET search_path = elsewhere", "function touch(): definition SET search_path TO 'elsewhere', expected SET search_path TO '__tenant__', 'pg_temp'"},
		{"DROP FUNCTION counted", "function counted(): missing"},
		{"CREATE FUNCTION state_of(int) RETURNS int LANGUAGE sql AS 'SELECT 1'", "function state_of(integer): not expected"},
		{"ALTER PROCEDURE tidy SECURITY DEFINER", "procedure tidy(INOUT n integer): definition SECURITY DEFINER, expected AS $procedure$SELECT n$procedure$"},
		{"CREATE OR REPLACE AGGREGATE first (anyelement) (SFUNC = first_of, STYPE = anyelement, COMBINEFUNC = first_of)", "aggregate first(anyelement): combine function first_of, expected none"},
		{"ALTER TYPE state ADD VALUE 'late' BEFORE 'closed'", "enum state: labels 'draft', 'open', 'late', 'closed', expected 'draft', 'open', 'closed'"},
		{"ALTER TYPE state RENAME VALUE 'draft' TO 'sketch'", "archived.state: default 'sketch'::state, expected 'draft'::state | polls.state: default 'sketch'::state, expected 'draft'::state | enum state: labels 'sketch', 'open', 'closed', expected 'draft', 'open', 'closed'"},
		{"ALTER DOMAIN email DROP NOT NULL", "domain email: lacks not null"},
		{"ALTER DOMAIN email DROP DEFAULT", "domain email: default none, expected 'nobody@example.com'::text"},
		{"ALTER DOMAIN email DROP CONSTRAINT email_check", "domain constraint email.email_check: missing"},
		{"ALTER TYPE point3 ADD ATTRIBUTE z int", `composite type point3: definition (x integer, y integer, label text COLLATE "C", z integer), expected (x integer, y integer, label text COLLATE "C")`},
		{"DROP TYPE span CASCADE", "archived.times: missing | polls.times: missing | constraint polls.polls_times_excl: missing | range span: missing"},
		{"DROP STATISTICS polls_owner_state", "statistics polls.polls_owner_state: missing"},
		{"ALTER STATISTICS polls_owner_state SET STATISTICS 50", "statistics polls.polls_owner_state: target 50, expected none"},
		{"COMMENT ON TABLE polls IS 'Other'", "comment on table polls: Other, expected What is asked"},
		{"COMMENT ON COLUMN polls.title IS NULL", "comment on column polls.title: missing"},
		{"COMMENT ON FUNCTION touch() IS 'Other'", "comment on function touch(): Other, expected Notes the time"},
		{"COMMENT ON TYPE state IS 'Other'", "comment on type state: Other, expected How far it is"},
		{"COMMENT ON CONSTRAINT polls_owner_fkey ON polls IS 'Other'", "comment on constraint polls.polls_owner_fkey: Other, expected Goes with its owner"},
		{"COMMENT ON TRIGGER touch ON polls IS 'Other'", "comment on trigger polls.touch: Other, expected Notes the time of a new title"},
		{"COMMENT ON POLICY mine ON polls IS 'Other'", "comment on policy polls.mine: Other, expected Own polls only"},
		{"COMMENT ON INDEX polls_open IS 'Other'", "comment on index polls.polls_open: Other, expected For the front page"},
		{"DROP COLLATION plain", "collation plain: missing"},
		{"DROP OPERATOR === (int, int)", "operator ===(integer, integer): missing"},
		{"ALTER TEXT SEARCH CONFIGURATION words DROP MAPPING FOR email", "text search configuration words: mapping 1 english_stem, 2 english_stem, 3 simple, 5 simple, 6 simple, 7 simple, 8 simple, 9 simple, 10 english_stem, 11 english_stem, 15 simple, 16 english_stem, 17 english_stem, 18 simple, 19 simple, 20 simple, 21 simple, 22 simple, expected 1 english_stem, 2 english_stem, 3 simple, 4 simple, 5 simple, 6 simple, 7 simple, 8 simple, 9 simple, 10 english_stem, 11 english_stem, 15 simple, 16 english_stem, 17 english_stem, 18 simple, 19 simple, 20 simple, 21 simple, 22 simple"},
		{"ALTER TEXT SEARCH DICTIONARY plain_english (StopWords = english)", "text search dictionary plain_english: options language = 'english', stopwords = 'english', expected language = 'english'"},
	}
}

func TestEveryAlterationIsFoundAndExplained(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.house("tenant_clean_0123456789ab")
	for _, a := range pgtest.Some(alterations()) {
		s.house("altered")
		s.inside("altered", a.sql)
		got := s.explained("tenant_clean_0123456789ab", "altered")
		if strings.Join(got, " | ") != a.want {
			t.Errorf("%s\n got %s\nwant %s", a.sql, strings.Join(got, " | "), a.want)
		}
		prints := s.fingerprints("tenant_clean_0123456789ab", "altered")
		if prints["altered"] == prints["tenant_clean_0123456789ab"] {
			t.Errorf("%s: equal fingerprints", a.sql)
		}
		s.exec("DROP SCHEMA altered CASCADE")
	}
}

func TestDiffOfASchemaWithItselfIsEmpty(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.house("one")
	s.schema("empty")
	for _, name := range []string{"one", "empty"} {
		if got := s.explained(name, name); len(got) > 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
	there, back := s.explained("empty", "one"), s.explained("one", "empty")
	if len(there) != len(back) || !slices.Contains(there, "table polls: not expected") || !slices.Contains(back, "table polls: missing") {
		t.Errorf("there %q\nback %q", there, back)
	}
}
