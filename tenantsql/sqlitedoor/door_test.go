package sqlitedoor_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantsql/sqlitedoor"
)

// world is two tenants with a note each, whose text is their slug.
type world struct {
	*testing.T
	homes *sqlite.Homes
	db    *sql.DB

	mu      sync.Mutex
	tenants map[tenant.ID]*tenant.Tenant // as the registry has them
	cached  map[tenant.ID]*tenant.Tenant
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{T: t, tenants: map[tenant.ID]*tenant.Tenant{}, cached: map[tenant.ID]*tenant.Tenant{}}
	w.must(sqlite.Init(t.Context(), dir))
	var err error
	w.homes, err = sqlite.Open(dir, sqlite.Options{Conns: 4})
	w.must(err)
	t.Cleanup(w.homes.Close)
	w.must(w.homes.Change(t.Context(), nil, isolation.Change{Steps: []isolation.Step{{
		Version: 1, SQL: []string{"CREATE TABLE notes (body TEXT)", "INSERT INTO notes VALUES ('shared')", "CREATE TABLE plans (name TEXT)", "INSERT INTO plans VALUES ('gold')"},
	}}}))
	w.db = sqlitedoor.Open(w.homes, w)
	t.Cleanup(func() { w.must(w.db.Close()) })
	return w
}

func (w *world) tenant(slug string) *tenant.Tenant {
	w.Helper()
	id := tenant.NewID()
	t := &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: sqlite.Level{}.Place(id, slug, "main")}
	w.must(w.homes.Create(w.Context(), id, t.Placement))
	w.must(w.homes.Change(w.Context(), t, isolation.Change{Steps: []isolation.Step{{
		Version: 1, SQL: []string{
			"CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL, done boolean NOT NULL DEFAULT false, at timestamp)",
			"CREATE TABLE replies (note INTEGER NOT NULL REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)",
			"INSERT INTO notes (body) VALUES ('" + slug + "')"},
	}}}))
	w.put(t)
	return t
}

func (w *world) put(t *tenant.Tenant) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tenants[t.ID] = t
}

// Lookup is a cache that hears of nothing by itself.
func (w *world) Lookup(_ context.Context, key tenant.Key) (*tenant.Tenant, error) {
	id, err := tenant.ParseID(key.Value)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cached[id] == nil {
		w.cached[id] = w.tenants[id]
	}
	if w.cached[id] == nil {
		return nil, tenant.ErrNotFound
	}
	return w.cached[id], nil
}

func (w *world) Refresh(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	w.mu.Lock()
	w.cached[id] = nil
	w.mu.Unlock()
	return w.Lookup(ctx, tenant.ByID(id))
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) is(what string, err, want error) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func (w *world) as(t *tenant.Tenant) context.Context { return tenant.NewContext(w.Context(), t) }

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// sees fails the test unless the first note is want.
func (w *world) sees(ctx context.Context, q querier, want string) {
	w.Helper()
	var got string
	if err := q.QueryRowContext(ctx, "SELECT body FROM notes WHERE id = $1", 1).Scan(&got); err != nil || got != want {
		w.Errorf("reads %q, %v; want %q", got, err, want)
	}
}

func TestStatementsGoToTheContextsTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.tenant("a"), w.tenant("b")
	prepared, err := w.db.PrepareContext(w.as(a), "SELECT body FROM notes WHERE id = $1")
	w.must(err)
	defer prepared.Close()
	conn, err := w.db.Conn(w.as(a))
	w.must(err)
	defer conn.Close()
	for range 2 {
		for _, who := range []*tenant.Tenant{a, b} {
			w.sees(w.as(who), w.db, who.Slug)
			w.sees(w.as(who), conn, who.Slug)
			var got string
			if err := prepared.QueryRowContext(w.as(who), 1).Scan(&got); err != nil || got != who.Slug {
				t.Errorf("prepared: %s reads %q, %v", who.Slug, got, err)
			}
		}
	}
	var plan string
	if err := w.db.QueryRowContext(w.as(a), "SELECT name FROM plans").Scan(&plan); err != nil || plan != "gold" {
		t.Errorf("shared tables: %q, %v", plan, err)
	}
}

func TestWithoutATenantNothingRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("a")
	var n int
	_, exec := w.db.Exec("DELETE FROM notes")
	_, begin := w.db.Begin()
	_, nobody := w.db.ExecContext(w.as(&tenant.Tenant{ID: tenant.NewID()}), "SELECT 1")
	w.is("query", w.db.QueryRow("SELECT count(*) FROM notes").Scan(&n), tenant.ErrMissing)
	w.is("exec", exec, tenant.ErrMissing)
	w.is("begin", begin, tenant.ErrMissing)
	w.is("nobody's", nobody, tenant.ErrNotFound)
}

func TestTransactions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.tenant("a"), w.tenant("b")
	tx, err := w.db.BeginTx(w.as(a), nil)
	w.must(err)
	exec := func(ctx context.Context, sql string) error {
		_, err := tx.ExecContext(ctx, sql)
		return err
	}
	w.must(exec(w.as(a), "INSERT INTO notes (body) VALUES ('two')"))
	w.must(exec(w.as(a), "SAVEPOINT s"))
	w.must(exec(w.as(a), "DELETE FROM notes"))
	w.must(exec(w.as(a), "ROLLBACK TO SAVEPOINT s"))
	w.must(exec(w.as(a), "RELEASE s"))
	w.is("another tenant's context", exec(w.as(b), "DELETE FROM notes"), tenant.ErrMismatch)
	w.sees(t.Context(), tx, "a") // without a tenant it is the transaction's
	w.sees(w.as(b), w.db, "b")
	w.must(exec(w.as(a), "SAVEPOINT s"))
	if err := exec(w.as(a), "COMMIT"); err == nil {
		t.Error("the application ended the transaction itself")
	}
	w.is("after an error", exec(w.as(a), "DELETE FROM notes"), sqlite.ErrAborted)
	w.must(exec(w.as(a), "ROLLBACK TO s"))
	w.must(tx.Commit())
	w.is("after the end", tx.Rollback(), sql.ErrTxDone)
	var n int
	w.must(w.db.QueryRowContext(w.as(a), "SELECT count(*) FROM notes").Scan(&n))
	if n != 2 {
		t.Errorf("%d notes", n)
	}
	// Deferred constraints are checked at the end.
	if _, err := w.db.ExecContext(w.as(a), "INSERT INTO replies VALUES (99)"); err == nil {
		t.Error("a violation was committed")
	}
	if tx, err = w.db.BeginTx(w.as(a), nil); err == nil {
		err = errors.Join(exec(w.as(a), "INSERT INTO replies VALUES (99)"), tx.Commit())
	}
	if err == nil {
		t.Error("a violation was committed")
	}
	w.must(w.db.QueryRowContext(w.as(a), "SELECT count(*) FROM replies").Scan(&n))
	if n != 0 {
		t.Errorf("%d replies", n)
	}
}

func TestWritesThatReturnRowsAreCommitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.tenant("a")
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.FixedZone("", 3600))
	for _, q := range []string{
		"INSERT INTO notes (body, done, at) VALUES ($1, $3, $2), ('other', false, $2) RETURNING id",
		"WITH v AS (SELECT $1 AS body) INSERT INTO notes (body, at, done) SELECT body, $2, $3 FROM v RETURNING id",
	} {
		var id int64
		w.must(w.db.QueryRowContext(w.as(a), q, "new", at, true).Scan(&id))
		var (
			done bool
			got  time.Time
		)
		w.must(w.db.QueryRowContext(w.as(a), "SELECT done, at FROM notes WHERE id = $1", id).Scan(&done, &got))
		if !done || !got.Equal(at) {
			t.Errorf("%s: done %t, at %s", q, done, got)
		}
	}
}

func TestStaleRegistriesAreReadAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.tenant("a")
	w.sees(w.as(a), w.db, "a")
	moved := a.Clone()
	to, err := w.homes.Fence(t.Context(), a.ID, a.Placement, false)
	w.must(err)
	moved.Placement = to
	time.AfterFunc(20*time.Millisecond, func() { w.put(moved) })
	w.sees(w.as(a), w.db, "a")

	_, err = w.homes.Fence(t.Context(), a.ID, to, true)
	w.must(err)
	gone := moved.Clone()
	gone.Status = tenant.Deleting
	w.put(gone)
	_, err = w.db.ExecContext(w.as(a), "DELETE FROM notes")
	w.is("a deleted tenant", err, tenant.ErrStatus)
}

func TestReadOnlyTenantsCanBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.tenant("a")
	w.must(w.homes.ReadOnly(t.Context(), a.ID, a.Placement, true))
	w.sees(w.as(a), w.db, "a")
	tx, err := w.db.BeginTx(w.as(a), nil)
	w.must(err)
	w.sees(w.as(a), tx, "a")
	if _, err := tx.ExecContext(w.as(a), "DELETE FROM notes"); err == nil {
		t.Error("a write in a transaction")
	}
	w.must(tx.Rollback())
	_, err = w.db.ExecContext(w.as(a), "DELETE FROM notes")
	w.is("a write", err, sqlite.ErrReadOnly)
	_, err = w.db.QueryContext(w.as(a), "DELETE FROM notes RETURNING id")
	w.is("a write that returns rows", err, sqlite.ErrReadOnly)
}

func TestSeveralStatementsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.tenant("a")
	for _, q := range []string{"SELECT 1; DELETE FROM notes", "DELETE FROM notes; DELETE FROM notes;", "SELECT 1; COMMIT"} {
		if _, err := w.db.ExecContext(w.as(a), q); err == nil {
			t.Errorf("%s: no error", q)
		}
	}
	w.sees(w.as(a), w.db, "a")
	if _, err := w.db.ExecContext(w.as(a), "CREATE TRIGGER once AFTER INSERT ON notes BEGIN UPDATE notes SET done = true; SELECT 1; END"); err != nil {
		t.Error(err)
	}
}

func TestCancelledStatementsLeaveNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.tenant("a")
	const endless = `INSERT INTO notes (body) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n`
	ctx, cancel := context.WithTimeout(w.as(a), 50*time.Millisecond)
	defer cancel()
	_, err := w.db.ExecContext(ctx, endless)
	w.is("exec", err, context.DeadlineExceeded)
	tx, err := w.db.BeginTx(w.as(a), nil)
	w.must(err)
	_, err = tx.ExecContext(w.as(a), "INSERT INTO notes (body) VALUES ('x')")
	w.must(err)
	ctx, cancel = context.WithTimeout(w.as(a), 50*time.Millisecond)
	defer cancel()
	_, err = tx.ExecContext(ctx, endless)
	w.is("in a transaction", err, context.DeadlineExceeded)
	// SQLite may have rolled it back, and then says so; what is there is all or nothing.
	committed := tx.Commit() == nil
	var n int
	w.must(w.db.QueryRowContext(w.as(a), "SELECT count(*) FROM notes").Scan(&n))
	if want := map[bool]int{true: 2, false: 1}[committed]; n != want {
		t.Errorf("committed %t, %d notes", committed, n)
	}
}

func TestManyAtOnceSeeTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenants := make([]*tenant.Tenant, 6)
	for i := range tenants {
		tenants[i] = w.tenant(fmt.Sprintf("t%d", i))
	}
	var group sync.WaitGroup
	for i := range 60 {
		group.Go(func() {
			who := tenants[i%len(tenants)]
			w.sees(w.as(who), w.db, who.Slug)
			if _, err := w.db.ExecContext(w.as(who), "INSERT INTO notes (body) VALUES ($1)", who.Slug); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, who := range tenants {
		var n, other int
		row := w.db.QueryRowContext(w.as(who), "SELECT count(*), count(*) FILTER (WHERE body <> $1) FROM notes", who.Slug)
		if err := row.Scan(&n, &other); err != nil || n != 11 || other != 0 {
			t.Errorf("%s has %d notes, %d of others, %v", who.Slug, n, other, err)
		}
	}
}

// As on PostgreSQL an error ends the transaction, wherever in the rows it comes.
func TestAnErrorAmongRowsEndsTheTransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.tenant("a")
	tx, err := w.db.BeginTx(w.as(a), nil)
	w.must(err)
	exec := func(sql string) error {
		_, err := tx.ExecContext(w.as(a), sql)
		return err
	}
	w.must(exec("INSERT INTO notes (id, body) VALUES (2, 'lost')"))
	w.must(exec("SAVEPOINT s"))
	fails := func() {
		t.Helper()
		rows, err := tx.QueryContext(w.as(a), "SELECT abs(CASE id WHEN 1 THEN 1 ELSE -9223372036854775808 END) FROM notes ORDER BY id")
		w.must(err)
		for rows.Next() {
		}
		if rows.Err() == nil {
			t.Error("the second row is no error")
		}
		w.must(rows.Close())
		w.is("after it", exec("DELETE FROM notes"), sqlite.ErrAborted)
	}
	fails()
	w.must(exec("ROLLBACK TO s"))
	fails()
	w.is("commit", tx.Commit(), sqlite.ErrAborted)
	var n int
	w.must(w.db.QueryRowContext(w.as(a), "SELECT count(*) FROM notes").Scan(&n))
	if n != 1 {
		t.Errorf("%d notes", n)
	}
}

// A statement that is a transaction of its own is done whole or not at all, also where
// SQLite alone would keep what it did before the error.
func TestAnErrorAmongRowsLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.tenant("a")
	const half = "INSERT OR FAIL INTO notes (id, body) VALUES (2, 'lost'), (1, 'taken') RETURNING id"
	rows, err := w.db.QueryContext(w.as(a), half)
	for err == nil && rows.Next() {
	}
	if err == nil {
		err = errors.Join(rows.Err(), rows.Close())
	}
	if err == nil {
		t.Error("an id that is taken is no error")
	}
	if _, err := w.db.ExecContext(w.as(a), half); err == nil {
		t.Error("executed, an id that is taken is no error")
	}
	var n int
	w.must(w.db.QueryRowContext(w.as(a), "SELECT count(*) FROM notes").Scan(&n))
	if n != 1 {
		t.Errorf("%d notes", n)
	}
}

func TestRefusedStatementsHaveACodeAndAReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.tenant("a")
	for _, q := range []string{"CREATE TABLE temp.notes (id INTEGER PRIMARY KEY, body TEXT)", "ALTER TABLE notes RENAME TO rowhouse_notes"} {
		_, err := w.db.ExecContext(w.as(a), q)
		coded, ok := errors.AsType[*sqlitedoor.Error](err)
		if !ok || coded.State != "42501" || !strings.Contains(err.Error(), "is refused: ") {
			t.Errorf("%s: %v", q, err)
		}
	}
	w.sees(w.as(a), w.db, "a")
}
