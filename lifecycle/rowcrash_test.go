package lifecycle_test

import (
	"math/rand/v2"
	"net/url"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// rowFiles give everybody so many rows that a purge takes several batches.
func rowFiles() fstest.MapFS {
	return fstest.MapFS{
		"0001_notes.sql": file("CREATE TABLE notes (id int PRIMARY KEY, body text UNIQUE);\nCREATE TABLE tags (note int REFERENCES notes, tag text)"),
		"0002_rows.sql": {Data: []byte("-- +rowhouse each-tenant\n-- +goose Up\nINSERT INTO notes (id, body) SELECT n, 'note ' || n FROM generate_series(1, 1100) AS n;\n" +
			"INSERT INTO tags (note, tag) SELECT n, 'tag' FROM generate_series(1, 1100) AS n;\n")},
		"0003_more.sql": file("ALTER TABLE notes ADD COLUMN seen boolean NOT NULL DEFAULT false"),
	}
}

const rowsOfOne = 2200

// rowState is what there is of a tenant in the shared tables, as SQL knows it.
const rowState = `SELECT r.id, (SELECT count(*) FROM pooled.notes n WHERE n.tenant_id = r.id) + (SELECT count(*) FROM pooled.tags g WHERE g.tenant_id = r.id),
	(SELECT count(*) FROM rowhouse.ledger l WHERE l.target = r.id::text) FROM rowhouse.tenants r`

type rowsOf struct{ rows, ledger int }

func (s *street) rowStates(t *testing.T) map[tenant.ID]rowsOf {
	t.Helper()
	all := map[tenant.ID]rowsOf{}
	if s.counts(t, "SELECT 'tables', count(*) FROM pg_class WHERE oid IN (to_regclass('pooled.notes'), to_regclass('pooled.tags'))")["tables"] < 2 {
		return all
	}
	rows, err := s.pool.Query(t.Context(), rowState)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id [16]byte
		var of rowsOf
		if err := rows.Scan(&id, &of.rows, &of.ledger); err != nil {
			t.Fatal(err)
		}
		all[id] = of
	}
	return all
}

// rowsServed fails the test if a tenant is served that does not have all of its rows.
func (s *street) rowsServed(t *testing.T, when string) {
	t.Helper()
	tenants, err := s.store.List(t.Context(), registry.Filter{Statuses: []tenant.Status{tenant.Active, tenant.ReadOnly}})
	if err != nil {
		t.Fatal(err)
	}
	states, f := s.rowStates(t), s.look(t)
	for _, one := range tenants {
		_, fenced := f.schemas[ident.EpochMarker(one.ID, one.Placement.Epoch+1)]
		_, dropped := f.schemas[ident.DemolitionMarker(one.ID)]
		if is := states[one.ID]; is != (rowsOf{rowsOfOne, 1}) && !fenced || dropped && !fenced {
			t.Errorf("%s: %s is served with %+v (fenced %t, begun to be dropped %t)", when, one.Slug, is, fenced, dropped)
		}
	}
}

// rowsConsistent fails the test unless registry, rows, ledger and marks agree.
func (s *street) rowsConsistent(t *testing.T, when string) {
	t.Helper()
	tenants, err := s.store.List(t.Context(), everyStatus())
	if err != nil {
		t.Fatal(err)
	}
	states, f := s.rowStates(t), s.look(t)
	for _, one := range tenants {
		want := rowsOf{rowsOfOne, 1}
		if one.Status == tenant.Deleted {
			want = rowsOf{}
		}
		_, dropped := f.schemas[ident.DemolitionMarker(one.ID)]
		if one.Status == tenant.Provisioning || one.Status == tenant.Failed || states[one.ID] != want || dropped {
			t.Errorf("%s: %s is %s and has %+v (begun to be dropped %t)", when, one.Slug, one.Status, states[one.ID], dropped)
		}
		delete(f.ledger, one.ID.String())
	}
	delete(f.ledger, "pooled")
	if len(f.ledger) > 0 {
		t.Errorf("%s: nobody's entries: %v", when, f.ledger)
	}
	strangers := s.counts(t, "SELECT 'rows', count(*) FROM pooled.notes WHERE NOT tenant_id IN (SELECT id FROM rowhouse.tenants)")
	if strangers["rows"] > 0 {
		t.Errorf("%s: %d rows are nobody's", when, strangers["rows"])
	}
}

// installRows makes a street whose tenants share their tables, with one who lives there
// while the others come and go.
func installRows(t *testing.T) (s *street, role string) {
	t.Helper()
	base := pgtest.Database(t)
	app, err := url.Parse(pgtest.Role(t, base, ""))
	if err != nil {
		t.Fatal(err)
	}
	role = app.User.Username()
	return installAt(t, row.New(isolation.DefaultNames(), row.GrantTo(role)), base), role
}

// rowStride keeps the short form short, and leaves out of it what touches no rows. It
// is odd as [stride] is.
func rowStride(name string) (step int, tried bool) {
	if pgtest.Proof() {
		return stride(), true
	}
	return 3 * stride(), name == "create" || name == "purge"
}

// Operations on a tenant that shares its tables are cut at their messages, and run
// again; a neighbour has its rows all the time.
func TestEveryMomentIsAGoodOneToDieInSharedTables(t *testing.T) {
	t.Parallel()
	for _, c := range crashCases() {
		step, tried := rowStride(c.name)
		if !tried {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, _ := installRows(t)
			s.create(t, "neighbour")
			for n, done := 1+rand.N(step), false; !done; n += step {
				done = s.dieAt(t, c.name, c.before, "", n, n%2 == 0)
				done = s.dieAt(t, c.name, c.before, c.wrong, n, n%2 == 1) && done
			}
		})
	}
}

// The same with real processes and SIGKILL. The first tenant to be made makes the
// tables.
func TestKilledProcessesInSharedTables(t *testing.T) {
	t.Parallel()
	times := 1
	if pgtest.Proof() {
		times = 8
	}
	for _, c := range crashCases() {
		if _, tried := rowStride(c.name); !tried {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for range times {
				s, role := installRows(t)
				if c.name != "create" {
					s.create(t, "neighbour")
				}
				id := s.prepare(t, c.before)
				child := s.child(t, orders{URL: s.url, Do: c.name, ID: id, Role: role})
				time.Sleep(rand.N(300 * time.Millisecond))
				_ = child.Process.Kill()
				_ = child.Wait()
				s.servesWhole(t, c.name)
				if found, err := s.Find(t.Context(), tenant.BySlug("acme")); err == nil {
					id = found.ID
				}
				s.finish(t, "killed", c.name, "", id)
				s.consistent(t)
			}
		})
	}
}
