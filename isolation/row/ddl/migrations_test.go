package ddl_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
	"github.com/rowhouse-go/rowhouse/isolation/row/ddl"
)

// names lists constraints, indexes and views by name with their columns, the
// tenant's left out.
const names = `SELECT c.relname, k.conname, k.contype::text, (SELECT string_agg(a.attname, ',' ORDER BY n.ord) FROM unnest(k.conkey) WITH ORDINALITY n (att, ord)
		JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.att AND a.attname <> 'tenant_id')
	FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
	WHERE c.relnamespace = $1::text::regnamespace AND NOT c.relispartition
	UNION ALL SELECT c.relname, coalesce(i.indrelid::regclass::text, ''), c.relkind::text, (SELECT string_agg(a.attname, ',' ORDER BY a.attname) FROM pg_attribute a
		WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'tenant_id' AND c.relkind <> 'i')
	FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
	WHERE c.relnamespace = $1::text::regnamespace AND NOT coalesce((SELECT relispartition FROM pg_class t WHERE t.oid = i.indrelid), false)
		AND NOT (c.relkind IN ('i', 'I') AND c.relname LIKE '%\_rowhouse\_tenant')
	ORDER BY 1, 2, 3, 4`

// same checks after a step that the rewritten migrations made the same under the same
// names, that nothing is unprotected, and that the model knows all of it.
func (w *twin) same(step string) {
	w.t.Helper()
	w.run(w.migrator, path("a"))
	plain := w.rows(w.migrator, names, "a")
	w.run(w.migrator, path("pooled"))
	pooled := w.rows(w.migrator, names, "pooled")
	if !slices.Equal(plain, pooled) {
		w.t.Errorf("%s: made other names\n%s", step, difference(plain, pooled))
	}
	if findings := w.query(ddl.Verify("pooled")); len(findings) > 0 {
		w.t.Errorf("%s: not protected: %q", step, findings)
	}
	if known, is := describe(w.rewriter.Model), describe(w.read()); !slices.Equal(known, is) {
		w.t.Errorf("%s: the model is wrong\n%s", step, difference(known, is))
	}
}

// describe lists what later statements depend on: not the names of checks and of
// sequences that a column brought with it.
func describe(m *ddl.Model) (out []string) {
	for name, t := range m.Tables {
		out = append(out, fmt.Sprintf("%s %q %v", name, t.Columns, t.Triggers), fmt.Sprintf("%s %v", name, t.Defaults))
		for key, k := range t.Keys {
			if k.Kind != "c" && !strings.HasPrefix(name, "events_") {
				out = append(out, fmt.Sprintf("%s %s %s %q %s%s", name, key, k.Kind, k.Table, does(k.Delete), does(k.Update)))
			}
		}
	}
	for name, r := range m.Relations {
		if r.Kind != "S" && !strings.HasPrefix(r.Of, "events_") {
			out = append(out, fmt.Sprintf("%s %s %s %t", name, strings.ReplaceAll(r.Kind, "I", "i"), r.Of, r.Lone))
		}
	}
	for name, v := range m.Functions {
		out = append(out, name+" "+v)
	}
	for name := range m.Plain {
		out = append(out, name+" only assigns")
	}
	slices.Sort(out)
	return out
}

// does leaves out what no key does but a foreign one: the catalog has a blank there.
func does(action string) string {
	return strings.Trim(strings.ReplaceAll(action, "r", "a"), " a")
}

func difference(want, got []string) string {
	var b strings.Builder
	for _, s := range want {
		if !slices.Contains(got, s) {
			fmt.Fprintf(&b, " missing: %s\n", s)
		}
	}
	for _, s := range got {
		if !slices.Contains(want, s) {
			fmt.Fprintf(&b, " too much: %s\n", s)
		}
	}
	return b.String()
}

// equalRows checks that each tenant reads what its own schema holds.
func (w *twin) equalRows() {
	w.t.Helper()
	tables := w.rows(w.migrator, "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'a'::regnamespace AND relkind IN ('r', 'p', 'v') ORDER BY 1")
	for schema, tenant := range w.tenants {
		w.run(w.app, "SET rowhouse.tenant = '"+tenant+"'")
		for _, table := range tables {
			plain := w.rows(w.migrator, "SELECT to_jsonb(t)::text FROM "+schema+"."+table+" t ORDER BY 1")
			pooled := w.rows(w.app, "SELECT (to_jsonb(t) - 'tenant_id')::text FROM "+table+" t ORDER BY 1")
			if !slices.Equal(plain, pooled) {
				w.t.Errorf("%s of %s:\n%s", table, schema, difference(plain, pooled))
			}
		}
	}
}

func migrations(t *testing.T) (order []string, parts map[string][]sqllex.Statement) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "migrations.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	parts = map[string][]sqllex.Statement{}
	for _, f := range archive.Files {
		parts[f.Name] = sqllex.Split(string(f.Data))
		name := strings.TrimSuffix(f.Name, filepath.Ext(f.Name))
		if !slices.Contains(order, name) {
			order = append(order, name)
		}
	}
	return order, parts
}

// Every kind of migration, on tables that hold two tenants with equal ids, makes what
// it makes in schemas, and the way back ends where it began. With ROWHOUSE_PROOF=1
// the tables hold fifty.
func TestMigrationsThereAndBack(t *testing.T) {
	t.Parallel()
	more := 0
	if pgtest.Proof() {
		more = 48
	}
	w := newTwin(t, more)
	order, parts := migrations(t)
	for _, name := range order {
		w.once(parts[name+".up"])
		w.same(name)
		w.each(parts[name+".each"])
	}
	w.equalRows()
	for _, name := range slices.Backward(order) {
		w.once(parts[name+".down"])
		w.same(name + " down")
	}
	if left := w.rows(w.migrator, names, "pooled"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
