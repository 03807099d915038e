package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/database"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// terrace is a street at the database level.
type terrace struct {
	*street
	prefix string
}

func newTerrace(t *testing.T) *terrace {
	t.Helper()
	names := isolation.DefaultNames()
	names.Prefix = pgtest.Prefix(t)
	return &terrace{installAt(t, database.New(isolation.Settings{Names: names}), pgtest.Database(t)), names.Prefix}
}

// inside connects to a tenant's database.
func (s *terrace) inside(t *testing.T, one *tenant.Tenant) *pgx.Conn {
	t.Helper()
	conn, err := s.Connect(t.Context(), "main", one.Placement.Database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// databases are those that the terrace has made, but for the template.
func (s *terrace) databases(t *testing.T) (names []string) {
	t.Helper()
	all := s.counts(t, "SELECT datname, 1 FROM pg_database WHERE starts_with(datname, '"+s.prefix+"')")
	for name := range maps.Keys(all) {
		if !strings.HasPrefix(name, s.prefix+"template_") {
			names = append(names, name)
		}
	}
	return names
}

// whole fails the test unless databases and registry agree.
func (s *terrace) whole(t *testing.T, when string) {
	t.Helper()
	tenants, err := s.store.List(t.Context(), everyStatus())
	if err != nil {
		t.Fatal(err)
	}
	left := s.databases(t)
	for _, one := range tenants {
		i := slices.Index(left, one.Placement.Database)
		if there := i >= 0; there != (one.Status != tenant.Deleted) {
			t.Errorf("%s: %s is %s and has a database: %t", when, one.Slug, one.Status, there)
			continue
		}
		if i < 0 {
			continue
		}
		left = slices.Delete(left, i, i+1)
		s.served(t, when, one)
	}
	if len(left) > 0 {
		t.Errorf("%s: nobody's databases: %v", when, left)
	}
}

// served fails the test unless a tenant's database is complete.
func (s *terrace) served(t *testing.T, when string, one *tenant.Tenant) {
	t.Helper()
	var versions, tables int
	err := s.inside(t, one).QueryRow(t.Context(), `SELECT (SELECT count(*) FROM rowhouse.ledger WHERE target = $1),
		(SELECT count(*) FROM pg_class WHERE relnamespace = 'tenant'::regnamespace AND relkind IN ('r', 'v'))`, one.ID.String()).Scan(&versions, &tables)
	if err != nil || versions != head || tables != objects || one.Version != head {
		t.Errorf("%s: %s has %d versions and %d tables, the registry says %d: %v", when, one.Slug, versions, tables, one.Version, err)
	}
}

func TestATenantHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newTerrace(t)
	acme, other := s.create(t, "acme"), s.create(t, "other")
	s.whole(t, "created")
	if acme.Placement.Database == other.Placement.Database || acme.Placement.Schema != other.Placement.Schema {
		t.Errorf("placements %+v and %+v", acme.Placement, other.Placement)
	}
	home := s.inside(t, acme)
	if _, err := home.Exec(t.Context(), "INSERT INTO shared.plans VALUES ('free'); INSERT INTO tenant.notes (body, plan) VALUES ('mine', 'free')"); err != nil {
		t.Error(err)
	}
	_ = home.Close(t.Context())
	s.must(t, acme.ID, "read-only", "resume", "suspend", "resume", "delete")
	s.whole(t, "deleted")
	s.must(t, acme.ID, "restore")
	s.whole(t, "restored")
	restored, err := s.Find(t.Context(), tenant.ByID(acme.ID))
	if err != nil || restored.Placement.Database == acme.Placement.Database {
		t.Errorf("restored to %+v: %v", restored, err)
	}
	s.must(t, acme.ID, "reset")
	s.whole(t, "reset")
	s.must(t, acme.ID, "delete", "purge")
	s.whole(t, "purged")
	if err := s.do(t.Context(), "restore", acme.ID); !errors.Is(err, tenant.ErrStatus) {
		t.Errorf("restore after the purge: %v", err)
	}
}

// Tenants are copies of a template, and after new migrations of a new one; the old
// one is gone then.
func TestTemplatesFollowTheMigrations(t *testing.T) {
	t.Parallel()
	s := newTerrace(t)
	templates := func() map[string]int {
		return s.counts(t, "SELECT datname, 1 FROM pg_database WHERE starts_with(datname, '"+s.prefix+"template_') AND NOT datallowconn")
	}
	s.create(t, "acme")
	before := templates()
	shared, tenants := files()
	tenants["0004_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE more (n int);\n")}
	if err := s.assemble(shared, tenants); err != nil {
		t.Fatal(err)
	}
	if _, err := s.config.Migrator.(*migrate.Runner).Up(t.Context(), migrate.Options{}); err != nil {
		t.Fatal(err)
	}
	other, after := s.create(t, "other"), templates()
	if len(before) != 1 || len(after) != 1 || maps.Equal(before, after) {
		t.Errorf("templates %v, then %v", before, after)
	}
	for _, one := range []*tenant.Tenant{s.find(t, "acme"), other} {
		if _, err := s.inside(t, one).Exec(t.Context(), "INSERT INTO tenant.more VALUES (1)"); err != nil || one.Version != 4 {
			t.Errorf("%s at version %d: %v", one.Slug, one.Version, err)
		}
	}
}

func (s *terrace) find(t *testing.T, slug string) *tenant.Tenant {
	t.Helper()
	one, err := s.Find(t.Context(), tenant.BySlug(slug))
	if err != nil {
		t.Fatal(err)
	}
	return one
}

func TestADatabaseIsNotFencedWhileATransactionIsOpen(t *testing.T) {
	t.Parallel()
	s := newTerrace(t)
	acme := s.create(t, "acme")
	home := s.inside(t, acme)
	enter := s.level.Enter(acme.ID, acme.Placement).Inline()
	if _, err := home.Exec(t.Context(), "BEGIN; "+enter+"; INSERT INTO notes (body) VALUES ('open')"); err != nil {
		t.Fatal(err)
	}
	if err := s.do(t.Context(), "delete", acme.ID); !errors.Is(err, lifecycle.ErrBusy) {
		t.Fatalf("delete: %v", err)
	}
	if _, err := home.Exec(t.Context(), "COMMIT"); err != nil {
		t.Errorf("the transaction was ended: %v", err)
	}
	s.must(t, acme.ID, "delete", "restore")
	s.whole(t, "restored")
	if err := home.Ping(t.Context()); err == nil {
		t.Error("a session outlived the fence")
	}
	if _, err := s.Connect(t.Context(), "main", acme.Placement.Database); !isolation.Gone(err) {
		t.Errorf("the old name: %v", err)
	}
}

func TestDatabasesAreNotMadeInTransactions(t *testing.T) {
	t.Parallel()
	s := newTerrace(t)
	err := pgx.BeginFunc(t.Context(), s.pool, func(tx pgx.Tx) error {
		_, err := s.CreateTx(t.Context(), tx, lifecycle.New{Slug: "acme"})
		return err
	})
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

// Operations are cut at messages all along their way, and run again.
func TestDatabasesSurviveDeaths(t *testing.T) {
	t.Parallel()
	s := newTerrace(t)
	for _, c := range crashCases() {
		if c.name == "read-only" || c.name == "resume" {
			continue
		}
		// A start of its own each time, so that many runs meet every moment.
		stride := 61
		if pgtest.Proof() {
			stride = 5
		}
		for n, done := 2+rand.N(stride), false; !done; n += stride {
			id := s.prepare(t, c.before)
			done = s.die(t, c.name, c.wrong, id, n)
		}
	}
}

func (s *terrace) die(t *testing.T, name, wrong string, id tenant.ID, n int) (done bool) {
	t.Helper()
	m := &mortal{left: n, after: n%2 == 0}
	short, err := newStreetOf(s.street, m)
	if err == nil {
		err = short.do(t.Context(), name, id)
		short.close()
	}
	when := fmt.Sprintf("%s, dead at message %d", name, n)
	if found, findErr := s.Find(t.Context(), tenant.BySlug("acme")); findErr == nil {
		id = found.ID
	}
	if !id.IsZero() {
		_ = s.do(t.Context(), wrong, id)
		if now, err := s.Find(t.Context(), tenant.ByID(id)); err == nil && now.Status == tenant.Active && now.Placement.Epoch > 0 {
			s.servesWhole(t, when+", then "+wrong, now)
		}
	}
	s.finish(t, when, name, wrong, id)
	s.whole(t, when)
	s.clear(t, id)
	if t.Failed() {
		t.FailNow()
	}
	return err == nil
}

// servesWhole: what is served and can be entered is complete.
func (s *terrace) servesWhole(t *testing.T, when string, one *tenant.Tenant) {
	t.Helper()
	conn, err := s.Connect(t.Context(), "main", one.Placement.Database)
	if isolation.Gone(err) {
		return // fenced by a run that could not tell anybody
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close(t.Context())
	s.served(t, when, one)
}
