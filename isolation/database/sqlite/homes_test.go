package sqlite_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func homes(t *testing.T, dir string, o sqlite.Options) *sqlite.Homes {
	t.Helper()
	if err := sqlite.Init(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	h, err := sqlite.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// settled makes a tenant with a table of notes.
func settled(t *testing.T, h *sqlite.Homes, slug string) *tenant.Tenant {
	t.Helper()
	id := tenant.NewID()
	who := &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: sqlite.Level{}.Place(id, slug, "main")}
	ok(t, h.Create(t.Context(), id, who.Placement))
	ok(t, h.Change(t.Context(), who, isolation.Change{Steps: []isolation.Step{{
		Version: 1, Name: "notes", SQL: []string{"CREATE TABLE notes (body TEXT NOT NULL UNIQUE)", "CREATE VIEW v AS SELECT * FROM notes"},
	}}}))
	return who
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func is(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// do runs one statement in a transaction of its own.
func do(ctx context.Context, h *sqlite.Homes, who *tenant.Tenant, sql string) error {
	s, err := h.Enter(ctx, who, true)
	if err != nil {
		return err
	}
	if err := exec(ctx, s, sql); err != nil {
		return errors.Join(err, s.Rollback())
	}
	return s.Commit(ctx)
}

func exec(ctx context.Context, s *sqlite.Session, sql string) error {
	_, err := s.Conn().(driver.ExecerContext).ExecContext(ctx, sql, nil)
	return err
}

// notes counts the rows that a tenant sees.
func notes(t *testing.T, h *sqlite.Homes, who *tenant.Tenant) int64 {
	t.Helper()
	s, err := h.Enter(t.Context(), who, false)
	ok(t, err)
	defer func() { ok(t, s.Commit(t.Context())) }()
	return first(t, s, "SELECT count(*) FROM notes").(int64)
}

// first returns the first value that a session reads.
func first(t *testing.T, s *sqlite.Session, sql string) any {
	t.Helper()
	rows, err := s.Conn().(driver.QueryerContext).QueryContext(t.Context(), sql, nil)
	ok(t, err)
	defer rows.Close()
	row := make([]driver.Value, 1)
	ok(t, rows.Next(row))
	return row[0]
}

func TestEachTenantHasAFile(t *testing.T) {
	t.Parallel()
	h := homes(t, t.TempDir(), sqlite.Options{})
	thor, potter := settled(t, h, "thor"), settled(t, h, "potter")
	ok(t, do(t.Context(), h, thor, "INSERT INTO notes VALUES ('hammer')"))
	if a, b := notes(t, h, thor), notes(t, h, potter); a != 1 || b != 0 {
		t.Errorf("thor has %d notes, potter %d", a, b)
	}
	nobody := thor.Clone()
	nobody.ID = tenant.NewID()
	nobody.Placement.Database = nobody.ID.String()
	is(t, "a tenant without a file", do(t.Context(), h, nobody, "SELECT 1"), tenant.ErrMoved)
}

func TestNoNameLeadsOutOfTheDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := homes(t, filepath.Join(dir, "data"), sqlite.Options{})
	thor := settled(t, h, "thor")
	for _, name := range []string{"../../evil", "/etc/passwd", "", "..", "a?mode=memory", thor.ID.String() + "/../x"} {
		id := tenant.NewID()
		p := sqlite.Level{}.Place(id, name, "main")
		ok(t, h.Create(t.Context(), id, p))
		p.Database = name
		is(t, "create "+name, h.Create(t.Context(), id, p), tenant.ErrMoved)
		is(t, "drop "+name, h.Drop(id, p), tenant.ErrMoved)
		is(t, "enter "+name, do(t.Context(), h, &tenant.Tenant{ID: id, Placement: p}, "SELECT 1"), tenant.ErrMoved)
	}
	// Nor does one tenant's placement lead to another's file.
	other := settled(t, h, "other")
	other.Placement.Database = thor.Placement.Database
	is(t, "enter thor's", do(t.Context(), h, other, "SELECT 1"), tenant.ErrMoved)
	beside, err := os.ReadDir(dir)
	if err != nil || len(beside) != 1 {
		t.Errorf("beside the directory: %v, %v", beside, err)
	}
}

// Two homes stand for two programs: neither hears of the other.
func TestAFenceStopsWhoHasTheFileOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine, other := homes(t, dir, sqlite.Options{}), homes(t, dir, sqlite.Options{})
	thor := settled(t, mine, "thor")
	ok(t, do(t.Context(), other, thor, "INSERT INTO notes VALUES ('before')"))

	to, err := mine.Fence(t.Context(), thor.ID, thor.Placement, false)
	ok(t, err)
	is(t, "write with the old placement", do(t.Context(), other, thor, "INSERT INTO notes VALUES ('late')"), tenant.ErrMoved)
	again, err := mine.Fence(t.Context(), thor.ID, thor.Placement, false)
	if err != nil || again != to {
		t.Errorf("fenced again: %v, %v; want %v", again, err, to)
	}
	moved := thor.Clone()
	moved.Placement = to
	ok(t, do(t.Context(), other, moved, "INSERT INTO notes VALUES ('after')"))
	if n := notes(t, mine, moved); n != 2 {
		t.Errorf("%d notes", n)
	}
}

// A transaction that began to read before the fence sees the tenant as it was, and
// cannot write.
func TestWhoReadsWhileFencedCannotWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine, other := homes(t, dir, sqlite.Options{}), homes(t, dir, sqlite.Options{})
	thor := settled(t, mine, "thor")
	s, err := other.Enter(t.Context(), thor, false)
	ok(t, err)
	_, err = mine.Fence(t.Context(), thor.ID, thor.Placement, true)
	ok(t, err)
	if err := exec(t.Context(), s, "INSERT INTO notes VALUES ('late')"); err == nil {
		t.Error("a reader wrote after the fence")
	}
	ok(t, s.Rollback())
}

func TestReadOnlyIsInTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine, other := homes(t, dir, sqlite.Options{}), homes(t, dir, sqlite.Options{})
	thor := settled(t, mine, "thor")
	ok(t, do(t.Context(), other, thor, "SELECT 1"))
	ok(t, mine.ReadOnly(t.Context(), thor.ID, thor.Placement, true))
	is(t, "write", do(t.Context(), other, thor, "INSERT INTO notes VALUES ('x')"), sqlite.ErrReadOnly)
	if n := notes(t, other, thor); n != 0 {
		t.Errorf("%d notes", n)
	}
	ok(t, mine.ReadOnly(t.Context(), thor.ID, thor.Placement, false))
	ok(t, do(t.Context(), other, thor, "INSERT INTO notes VALUES ('x')"))
}

func TestTheGuardKeepsStatementsInside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := homes(t, dir, sqlite.Options{})
	thor, potter := settled(t, h, "thor"), settled(t, h, "potter")
	ok(t, h.Change(t.Context(), nil, isolation.Change{Steps: []isolation.Step{{
		Version: 1, SQL: []string{"CREATE TABLE plans (name TEXT)", "INSERT INTO plans VALUES ('gold')"},
	}}}))
	file, err := h.File(potter)
	ok(t, err)
	ok(t, do(t.Context(), h, thor, "CREATE TABLE plan_names AS SELECT name FROM plans")) // shared tables are read
	for _, sql := range []string{
		"ATTACH '" + file + "' AS other", "DETACH shared", "COMMIT", "ROLLBACK", "BEGIN",
		"SELECT 1; COMMIT; INSERT INTO notes VALUES ('out')",
		"VACUUM INTO '" + filepath.Join(dir, "copy") + "'",
		"PRAGMA query_only = 0", "PRAGMA writable_schema = 1", "PRAGMA journal_mode = DELETE", "PRAGMA foreign_keys = 0",
		"SELECT load_extension('x')",
		"UPDATE rowhouse_home SET epoch = 9", "DELETE FROM ROWHOUSE_home", "DROP TABLE rowhouse_ledger",
		"ALTER TABLE rowhouse_home RENAME TO x", "CREATE TRIGGER tr AFTER UPDATE ON rowhouse_home BEGIN SELECT 1; END",
		"INSERT INTO shared.plans VALUES ('mine')", "UPDATE plans SET name = 'mine'", "DROP TABLE plans", "CREATE TABLE shared.x (y)",
		"CREATE TEMP TABLE notes (body)", "CREATE TEMP VIEW notes AS SELECT 1",
	} {
		if err := do(t.Context(), h, thor, sql); err == nil {
			t.Errorf("%s: no error", sql)
		}
	}
	if n := notes(t, h, thor); n != 0 {
		t.Errorf("%d notes came from refused statements", n)
	}
	if left, _ := os.ReadDir(dir); len(left) != 5 { // locks, tenants, and the shared file with its log
		t.Errorf("in the directory: %v", left)
	}
}

func TestATransactionThatSQLiteEndsIsOver(t *testing.T) {
	t.Parallel()
	h := homes(t, t.TempDir(), sqlite.Options{})
	thor := settled(t, h, "thor")
	ok(t, do(t.Context(), h, thor, "INSERT INTO notes VALUES ('one')"))
	s, err := h.Enter(t.Context(), thor, true)
	ok(t, err)
	ok(t, exec(t.Context(), s, "INSERT INTO notes VALUES ('two')"))
	if err := exec(t.Context(), s, "INSERT INTO notes VALUES ('one')"); err == nil || s.Check() != nil {
		t.Fatalf("a violation that ends nothing: %v, %v", err, s.Check())
	}
	if err := exec(t.Context(), s, "INSERT OR ROLLBACK INTO notes VALUES ('one')"); err == nil {
		t.Fatal("no violation")
	}
	is(t, "check", s.Check(), sqlite.ErrAborted)
	ok(t, s.Rollback())
	if n := notes(t, h, thor); n != 1 {
		t.Errorf("%d notes", n)
	}
}

func TestEmptyAndDropMayBeRunAgain(t *testing.T) {
	t.Parallel()
	h := homes(t, t.TempDir(), sqlite.Options{})
	thor, ctx := settled(t, h, "thor"), t.Context()
	ok(t, do(ctx, h, thor, "CREATE TABLE replies (note TEXT NOT NULL REFERENCES notes (body))"))
	ok(t, do(ctx, h, thor, "INSERT INTO notes VALUES ('a')"))
	ok(t, do(ctx, h, thor, "INSERT INTO replies VALUES ('a')"))
	p, err := h.Fence(ctx, thor.ID, thor.Placement, true)
	ok(t, err)
	for range 2 {
		ok(t, h.Empty(ctx, thor.ID, p))
		if whole, err := h.Whole(ctx, thor.ID, p); whole || err != nil {
			t.Errorf("begun to be dropped: whole %t, %v", whole, err)
		}
	}
	thor.Placement = p
	if left, err := h.Entries(ctx, thor); err != nil || len(left) != 0 {
		t.Errorf("the ledger has %v, %v", left, err)
	}
	is(t, "enter", do(ctx, h, thor, "SELECT 1"), tenant.ErrMoved)
	ok(t, h.Rebuilt(ctx, thor.ID, p))
	ok(t, do(ctx, h, thor, "CREATE TABLE notes (x)"))
	for range 2 {
		ok(t, h.Drop(thor.ID, p))
		if whole, err := h.Whole(ctx, thor.ID, p); whole || err != nil {
			t.Errorf("dropped: whole %t, %v", whole, err)
		}
	}
	_, err = h.Fence(ctx, thor.ID, p, true)
	ok(t, err)
	is(t, "enter", do(ctx, h, thor, "SELECT 1"), tenant.ErrMoved)
}

func TestAChangeIsAllOrNothing(t *testing.T) {
	t.Parallel()
	h := homes(t, t.TempDir(), sqlite.Options{})
	thor := settled(t, h, "thor")
	step := func(version int64, sql ...string) isolation.Step {
		return isolation.Step{Version: version, Name: "x", Checksum: "c", SQL: sql}
	}
	err := h.Change(t.Context(), thor, isolation.Change{Applied: 1, Steps: []isolation.Step{
		step(2, "CREATE TABLE a (x)"), step(3, "CREATE TABLE b (x)", "CREATE TABLE a (x)"),
	}})
	var where *isolation.StatementError
	if !errors.As(err, &where) || where.Step != 1 || where.Statement != 1 {
		t.Fatalf("got %v", err)
	}
	is(t, "a plan that is old", h.Change(t.Context(), thor, isolation.Change{Applied: 3}), isolation.ErrLedgerMoved)
	ok(t, h.Change(t.Context(), thor, isolation.Change{Applied: 1, Steps: []isolation.Step{step(2, "CREATE TABLE a (x)")}}))
	entries, err := h.Entries(t.Context(), thor)
	if err != nil || len(entries) != 2 || entries[1] != (isolation.Entry{Version: 2, Checksum: "c"}) {
		t.Errorf("entries %v, %v", entries, err)
	}
	back := step(2, "DROP TABLE a")
	back.Back = true
	ok(t, h.Change(t.Context(), thor, isolation.Change{Applied: 2, Steps: []isolation.Step{back}}))
	ok(t, do(t.Context(), h, thor, "CREATE TABLE a (x)"))
}

func TestConnectionsAreBoundedAndNeverClosedInUse(t *testing.T) {
	t.Parallel()
	h := homes(t, t.TempDir(), sqlite.Options{Conns: 2})
	tenants := make([]*tenant.Tenant, 5)
	for i := range tenants {
		tenants[i] = settled(t, h, "t"+string(rune('a'+i)))
	}
	held, err := h.Enter(t.Context(), tenants[0], true)
	ok(t, err)
	ok(t, exec(t.Context(), held, "INSERT INTO notes VALUES ('held')"))
	for range 3 {
		for _, who := range tenants[1:] { // each takes the place of the one before
			ok(t, do(t.Context(), h, who, "DELETE FROM notes"))
		}
	}
	second, err := h.Enter(t.Context(), tenants[1], false)
	ok(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = h.Enter(ctx, tenants[2], false)
	is(t, "a third at a time", err, context.DeadlineExceeded)
	ok(t, second.Commit(t.Context()))
	ok(t, held.Commit(t.Context()))
	if n := notes(t, h, tenants[0]); n != 1 {
		t.Errorf("%d notes", n)
	}
}

func TestABackupPutInPlaceIsNoticed(t *testing.T) {
	t.Parallel()
	h := homes(t, t.TempDir(), sqlite.Options{})
	thor := settled(t, h, "thor")
	ok(t, do(t.Context(), h, thor, "INSERT INTO notes VALUES ('old')"))
	file, err := h.File(thor)
	ok(t, err)
	other := settled(t, h, "other")
	ok(t, do(t.Context(), h, other, "SELECT 1")) // the file has its log while it is open
	source, err := h.File(other)
	ok(t, err)
	for _, end := range []string{"", "-wal", "-shm"} {
		ok(t, os.Rename(source+end, file+end))
	}
	// The file that is there now is another tenant's.
	is(t, "enter", do(t.Context(), h, thor, "SELECT 1"), tenant.ErrMoved)
}

func TestLackedThingsHaveAReason(t *testing.T) {
	t.Parallel()
	for _, c := range (sqlite.Level{}).Capabilities().All() {
		if !c.Supported && strings.TrimSpace(c.Reason) == "" {
			t.Errorf("%s: no reason", c.Name)
		}
	}
}
