package row_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// blog has what makes deleting awkward: a chain of keys, a table that refers to
// itself, two that refer to each other, partitions, a table without a key, and a
// trigger that writes while others delete.
const blog = `
CREATE TABLE pooled.users (id int, tenant_id uuid, PRIMARY KEY (tenant_id, id));
CREATE TABLE pooled.a_posts (id int, by int, tenant_id uuid, PRIMARY KEY (tenant_id, id),
 FOREIGN KEY (tenant_id, by) REFERENCES pooled.users (tenant_id, id));
CREATE TABLE pooled.comments (id int, post int, tenant_id uuid, PRIMARY KEY (tenant_id, id),
 FOREIGN KEY (tenant_id, post) REFERENCES pooled.a_posts (tenant_id, id) ON DELETE RESTRICT);
CREATE TABLE pooled.pages (id int, parent int, tenant_id uuid, PRIMARY KEY (tenant_id, id),
 FOREIGN KEY (tenant_id, parent) REFERENCES pooled.pages (tenant_id, id));
CREATE TABLE pooled.hens (id int, egg int, tenant_id uuid, PRIMARY KEY (tenant_id, id));
CREATE TABLE pooled.eggs (id int, hen int, tenant_id uuid, PRIMARY KEY (tenant_id, id),
 FOREIGN KEY (tenant_id, hen) REFERENCES pooled.hens (tenant_id, id));
ALTER TABLE pooled.hens ADD FOREIGN KEY (tenant_id, egg) REFERENCES pooled.eggs (tenant_id, id) DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE pooled.events (id int, tenant_id uuid, PRIMARY KEY (tenant_id, id)) PARTITION BY RANGE (id);
CREATE TABLE pooled.events_1 PARTITION OF pooled.events FOR VALUES FROM (0) TO (1000);
CREATE TABLE pooled.events_2 PARTITION OF pooled.events FOR VALUES FROM (1000) TO (9000);
CREATE TABLE pooled.log (line text, tenant_id uuid NOT NULL DEFAULT current_setting('rowhouse.tenant')::uuid);
CREATE FUNCTION pooled.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES ('gone'); RETURN NULL; END $$;
CREATE TRIGGER tell AFTER DELETE ON pooled.users FOR EACH ROW EXECUTE FUNCTION pooled.tell();
CREATE TABLE pooled.plain (id int);
CREATE VIEW pooled.lines AS SELECT * FROM pooled.log;
INSERT INTO pooled.plain VALUES (1)`

func fill(id tenant.ID) string {
	return strings.ReplaceAll(`
INSERT INTO pooled.users SELECT n, $1 FROM generate_series(1, 1500) AS n;
INSERT INTO pooled.a_posts SELECT n, n, $1 FROM generate_series(1, 1200) AS n;
INSERT INTO pooled.comments SELECT n, n, $1 FROM generate_series(1, 1100) AS n;
INSERT INTO pooled.pages SELECT n, n - 1, $1 FROM generate_series(2, 1) AS n;
INSERT INTO pooled.pages VALUES (1, NULL, $1);
INSERT INTO pooled.pages SELECT n, n - 1, $1 FROM generate_series(2, 1100) AS n;
BEGIN; INSERT INTO pooled.hens VALUES (1, 1, $1); INSERT INTO pooled.eggs VALUES (1, 1, $1); COMMIT;
INSERT INTO pooled.events SELECT n, $1 FROM generate_series(500, 1700) AS n;
INSERT INTO pooled.log SELECT 'x', $1 FROM generate_series(1, 1300);
`, "$1", ident.Literal(id.String()))
}

func TestDropDeletesOneTenantsRowsInBatches(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.exec(s.admin, blog)
	for _, id := range s.tenants {
		s.exec(s.admin, fill(id))
	}
	before := s.rows(s.b)
	plan := s.level.Drop(s.a, s.at)
	for batches := 0; ; batches++ {
		var statements []string
		rows, _ := s.admin.Query(t.Context(), plan.Next.Inline(), pgx.QueryExecModeExec)
		statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || batches > 40 {
			t.Fatalf("after %d batches: %v", batches, err)
		}
		if len(statements) == 0 {
			break
		}
		s.exec(s.admin, "BEGIN; "+strings.Join(statements, "; ")+"; COMMIT")
	}
	for _, last := range plan.Last {
		s.exec(s.admin, last.Inline())
	}
	if left := s.rows(s.a); !slices.Equal(left, make([]int, len(left))) {
		t.Errorf("%v rows are left", left)
	}
	if after := s.rows(s.b); !slices.Equal(after, before) {
		t.Errorf("the neighbour had %v rows and has %v", before, after)
	}
	if n := s.count("SELECT count(*) FROM pooled.plain"); n != 1 {
		t.Errorf("a table without tenants has %d rows, want 1", n)
	}
}

// rows counts a tenant's rows in each table.
func (s *street) rows(id tenant.ID) (counts []int) {
	for _, table := range []string{"users", "a_posts", "comments", "pages", "hens", "eggs", "events", "log"} {
		counts = append(counts, s.count("SELECT count(*) FROM pooled."+table+" WHERE tenant_id = "+ident.Literal(id.String())))
	}
	return counts
}

// While a batch is under way, the neighbours read, write and refer as always.
func TestDropHoldsUpNobody(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.exec(s.admin, blog)
	for _, id := range s.tenants {
		s.exec(s.admin, fill(id))
	}
	var batch string
	if err := s.admin.QueryRow(t.Context(), s.level.Drop(s.a, s.at).Next.Inline(), pgx.QueryExecModeExec).Scan(&batch); err != nil {
		t.Fatal(err)
	}
	s.exec(s.admin, "BEGIN; "+batch)
	neighbour := s.connect(s.admin.Config().ConnString())
	s.exec(neighbour, "SET lock_timeout = '1ms'; SET rowhouse.tenant = '"+s.b.String()+"'; SET search_path = pooled; "+
		"INSERT INTO comments VALUES (9000, 1, '"+s.b.String()+"'); DELETE FROM comments WHERE tenant_id = '"+s.b.String()+"'; "+
		"DELETE FROM a_posts WHERE tenant_id = '"+s.b.String()+"'; DELETE FROM users WHERE id = 2 AND tenant_id = '"+s.b.String()+"'")
	s.exec(s.admin, "ROLLBACK")
}
