package catalog_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// names are those that Rowhouse gives, and others that need care.
func names() []string {
	return []string{
		"tenant_acme_0123456789ab", "tenant_acme_0123456789ab_2", "thor", "s", "Acme", "two words", "a.b", "a,b",
		`quo"te`, `back\slash`, "o'brien", `'`, "müller", "__tenant", "select", "pub(lic)", "$1", "[a-z]+", `\1`,
		strings.Repeat("x", 63),
	}
}

func TestEqualSchemasHaveEqualFingerprintsWhateverTheirNames(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	for _, name := range names() {
		s.house(name)
	}
	got := s.fingerprints(append(names(), "nobody")...)
	if len(got) != len(names()) {
		t.Errorf("%d fingerprints of %d schemas", len(got), len(names()))
	}
	for _, name := range names() {
		if got[name] != got[names()[0]] {
			t.Errorf("%s: %q", name, s.explained(names()[0], name))
		}
	}
}

func TestARenamedSchemaIsTheSame(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	const house = "CREATE TABLE t (id serial PRIMARY KEY, n int CHECK (n > 0)); CREATE VIEW v AS SELECT * FROM t"
	s.schema("tenant_a_0123456789ab", house)
	s.schema("b", house)
	before := s.fingerprints("tenant_a_0123456789ab", "b")
	s.exec(`ALTER SCHEMA tenant_a_0123456789ab RENAME TO tenant_a_0123456789ab_2; ALTER SCHEMA b RENAME TO "B b"`)
	after := s.fingerprints("tenant_a_0123456789ab_2", "B b")
	for _, prints := range []map[string]string{before, after} {
		for name, print := range prints {
			if print != before["b"] {
				t.Errorf("%s has another fingerprint", name)
			}
		}
	}
}

func TestTheSettingsOfASessionDoNotMatter(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.house("one")
	want := s.fingerprints("one")["one"]
	s.exec(`SET quote_all_identifiers = on; SET DateStyle = 'SQL, DMY'; SET TimeZone = 'Asia/Tokyo'; SET search_path = one;
		SET standard_conforming_strings = off; SET extra_float_digits = 0; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'escape'`)
	if got := s.fingerprints("one")["one"]; got != want {
		t.Error("another fingerprint under other settings")
	}
	var path string
	if err := s.conn.QueryRow(t.Context(), "SHOW search_path").Scan(&path); err != nil || path != `"one"` {
		t.Errorf("the session's path is now %q (%v)", path, err)
	}
}

func TestTheOrderOfColumnsDoesNotMatter(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.schema("a", "CREATE TABLE t (x int, y text)")
	s.schema("b", "CREATE TABLE t (gone int, y text); ALTER TABLE t ADD x int, DROP gone")
	if got := s.explained("a", "b"); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

func TestVersionTablesAreLeftOut(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.house("clean")
	s.house("tools", `CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint);
		CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty bool); COMMENT ON TABLE schema_migrations IS 'x'`)
	if got := s.explained("clean", "tools"); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	got := catalog.Diff(s.inspect("clean", catalog.Ignore()), s.inspect("tools", catalog.Ignore()))
	if len(got) != 3 { // two tables and a sequence
		t.Errorf("with nothing left out: %q", got)
	}
}

func TestGrantsAreComparedOnRequest(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.schema("a", "CREATE TABLE t (); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
	s.schema("b", "CREATE TABLE t (); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT SELECT ON t TO public; REVOKE ALL ON FUNCTION f FROM public")
	if got := s.explained("a", "b"); len(got) > 0 {
		t.Errorf("unasked: %q", got)
	}
	got := catalog.Diff(s.inspect("a", catalog.WithGrants()), s.inspect("b", catalog.WithGrants()))
	if len(got) != 2 || !got[0].Missing || !got[1].Extra {
		t.Errorf("got %q", got)
	}
}

func TestExtensionMembersAreLeftOut(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.schema("a")
	s.schema("b", "CREATE EXTENSION citext SCHEMA b; CREATE EXTENSION pg_trgm SCHEMA b")
	if got := s.explained("a", "b"); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

func TestASchemaThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	var missing *catalog.MissingError
	if _, err := catalog.Inspect(t.Context(), s.conn, "gone"); !errors.As(err, &missing) || missing.Schema != "gone" {
		t.Errorf("got %v", err)
	}
}

func TestManySchemasTakeFewQueries(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	var all []string
	for i := range 101 {
		name := "s" + strings.Repeat("i", i)[:min(i, 60)] + string(rune('a'+i%26)) + string(rune('a'+i/26))
		s.exec("CREATE SCHEMA " + ident.Quote(name))
		all = append(all, name)
	}
	if got := s.fingerprints(all...); len(got) != 101 {
		t.Errorf("%d fingerprints", len(got))
	}
}

func TestInspectShowsWhatThereIs(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.house("one")
	found := s.inspect("one")
	if !slices.IsSortedFunc(found.Objects, func(a, b catalog.Object) int {
		return strings.Compare(a.Kind+"\x00"+a.Table+"\x00"+a.Name, b.Kind+"\x00"+b.Table+"\x00"+b.Name)
	}) {
		t.Error("objects are not sorted")
	}
	title, ok := found.Find("column", "users", "name")
	if !ok || title.Attr("type") != "character varying(80)" || title.Attr("not null") != "true" || title.Attr("default") != "" {
		t.Errorf("users.name is %+v", title)
	}
	kinds := map[string]int{}
	for _, o := range found.Objects {
		kinds[o.Kind]++
	}
	for kind, n := range map[string]int{"table": 7, "view": 1, "materialized view": 1, "function": 4, "procedure": 1, "aggregate": 1,
		"enum": 1, "domain": 1, "domain constraint": 1, "range": 1, "composite type": 1, "comment": 8, "policy": 1, "rule": 1, "trigger": 1,
		"statistics": 1, "collation": 1, "operator": 1, "text search configuration": 1, "text search dictionary": 1, "sequence": 3} {
		if kinds[kind] != n {
			t.Errorf("%d × %s, want %d", kinds[kind], kind, n)
		}
	}
}
