package lifecycle_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// flat is a street whose tenants share tables with triggers: acme and its neighbour,
// who have a tree and a counter of its leaves each.
type flat struct {
	*testing.T
	*street
	acme, other *tenant.Tenant
}

const orchard = `
CREATE TABLE leaves (id int PRIMARY KEY, above int REFERENCES leaves, fallen boolean NOT NULL DEFAULT false);
CREATE TABLE counts (what text PRIMARY KEY, n int NOT NULL);
-- +goose StatementBegin
CREATE FUNCTION fell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE counts SET n = n - 1; RETURN NULL; END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF current_setting('rowhouse.purge', true) = 'on' THEN RETURN OLD; END IF;
  UPDATE leaves SET fallen = true WHERE id = OLD.id; RETURN NULL; END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION keep_always() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE leaves SET fallen = true WHERE id = OLD.id; RETURN NULL; END $$;
-- +goose StatementEnd
`

func newFlat(t *testing.T, triggers string) *flat {
	t.Helper()
	base := pgtest.Database(t)
	app, err := url.Parse(pgtest.Role(t, base, ""))
	if err != nil {
		t.Fatal(err)
	}
	f := &flat{T: t, street: installAt(t, row.New(isolation.DefaultNames(), row.GrantTo(app.User.Username())), base)}
	f.migrations(orchard + triggers)
	f.acme, f.other = f.create(t, "acme"), f.create(t, "other")
	for _, who := range []*tenant.Tenant{f.acme, f.other} {
		f.exec(t, "INSERT INTO pooled.leaves (id, above, tenant_id) SELECT n, nullif(n - 1, 0), $1 FROM generate_series(1, 5) AS n", who.ID.String())
		f.exec(t, "INSERT INTO pooled.counts (what, n, tenant_id) VALUES ('leaves', 5, $1)", who.ID.String())
	}
	return f
}

func (f *flat) migrations(sql string) {
	f.Helper()
	shared, _ := files()
	if err := f.assemble(shared, fstest.MapFS{"0001_orchard.sql": file(sql)}); err != nil {
		f.Fatal(err)
	}
}

// has is what a tenant has: leaves, fallen ones among them, and what it counts.
func (f *flat) has(who *tenant.Tenant) (has string) {
	f.Helper()
	err := f.pool.QueryRow(f.Context(), `SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE fallen),
		(SELECT n FROM pooled.counts WHERE tenant_id = $1)) FROM pooled.leaves WHERE tenant_id = $1`, who.ID.String()).Scan(&has)
	if err != nil {
		f.Fatal(err)
	}
	return has
}

// Whoever migrates sees everybody's rows; the triggers of a purge must not.
func TestTriggersOfAPurgeSeeOneTenant(t *testing.T) {
	t.Parallel()
	for name, trigger := range map[string]string{
		"after each row": "AFTER DELETE ON leaves",
		"at the end":     "AFTER DELETE ON leaves DEFERRABLE INITIALLY DEFERRED",
		"kept otherwise": "BEFORE DELETE ON leaves",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind, does := "TRIGGER", "fell"
			if strings.Contains(trigger, "DEFERRED") {
				kind = "CONSTRAINT TRIGGER"
			}
			if strings.HasPrefix(trigger, "BEFORE") {
				does = "keep"
			}
			f := newFlat(t, "CREATE "+kind+" t "+trigger+" FOR EACH ROW EXECUTE FUNCTION "+does+"()")
			f.must(t, f.acme.ID, "reset", "delete", "purge")
			if got := f.has(f.acme); got != "0 0" {
				t.Errorf("%s is left", got)
			}
			if got := f.has(f.other); got != "5 0 5" {
				t.Errorf("the neighbour has %s", got)
			}
		})
	}
}

func TestAPurgeEndsWhereATriggerKeepsRows(t *testing.T) {
	t.Parallel()
	f := newFlat(t, "CREATE TRIGGER gardener BEFORE DELETE ON leaves FOR EACH ROW EXECUTE FUNCTION keep_always()")
	f.must(t, f.acme.ID, "delete")
	f.stuck("gardener")
	// Without a role for them no trigger is fired.
	f.config.Levels = isolation.LevelsOf(row.New(isolation.DefaultNames()))
	f.Manager = lifecycle.NewManager(f.config)
	f.stuck("app_role")
	if got := f.has(f.other); got != "5 0 5" {
		t.Errorf("the neighbour has %s", got)
	}
	// A table without triggers needs no role.
	f.exec(t, "DROP TRIGGER gardener ON pooled.leaves")
	f.must(t, f.acme.ID, "purge")
}

func TestWithoutARoleNobodyIsMadeWhoSharesTables(t *testing.T) {
	t.Parallel()
	m := lifecycle.NewManager(lifecycle.Config{Levels: isolation.LevelsOf(row.New(isolation.DefaultNames())), Default: tenant.Row, Main: "main"})
	// There is no store: whoever writes a record panics.
	if _, err := m.Create(t.Context(), lifecycle.New{Slug: "acme"}); !errors.Is(err, row.ErrNoRole) {
		t.Errorf("got %v", err)
	}
}

// What triggers put back is not deleted for ever; what they write once is.
func TestAPurgeEndsWhereATriggerPutsRowsBack(t *testing.T) {
	t.Parallel()
	const regrow = `-- +goose StatementBegin
CREATE FUNCTION regrow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO leaves (id) VALUES (OLD.id + 10); INSERT INTO counts (what, n) VALUES (OLD.id || ' fell', 1); RETURN NULL; END $$;
-- +goose StatementEnd
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO counts (what, n) VALUES (OLD.id || '' fell'', 1); RETURN NULL; END';
`
	f := newFlat(t, regrow+"CREATE TRIGGER gardener AFTER DELETE ON leaves FOR EACH ROW EXECUTE FUNCTION regrow()")
	f.must(t, f.acme.ID, "delete")
	_, err := f.Purge(t.Context(), f.acme.ID)
	if stuck, ok := errors.AsType[*lifecycle.StuckError](err); !ok || !strings.Contains(stuck.Reason, "put rows back") || !strings.HasPrefix(stuck.Table, "pooled.") {
		t.Fatalf("got %v", err)
	}
	if got := f.has(f.other); got != "5 0 5" {
		t.Errorf("the neighbour has %s", got)
	}
	f.exec(t, "DROP TRIGGER gardener ON pooled.leaves")
	f.exec(t, "CREATE TRIGGER gardener AFTER DELETE ON pooled.leaves FOR EACH ROW EXECUTE FUNCTION pooled.note()")
	f.must(t, f.acme.ID, "purge")
	if got := f.has(f.acme); got != "0 0" {
		t.Errorf("%s is left", got)
	}
}

// Not even one row less is no progress, though it is not one more either.
func TestAPurgeEndsWhereAsManyRowsComeBack(t *testing.T) {
	t.Parallel()
	f := newFlat(t, `-- +goose StatementBegin
CREATE FUNCTION regrow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO leaves (id) VALUES (OLD.id + 10); RETURN NULL; END $$;
-- +goose StatementEnd
CREATE TRIGGER gardener AFTER DELETE ON leaves FOR EACH ROW EXECUTE FUNCTION regrow()`)
	f.exec(t, "DELETE FROM pooled.counts")
	f.must(t, f.acme.ID, "delete")
	f.stuck("put rows back")
}

// stuck purges acme in vain.
func (f *flat) stuck(why string) {
	f.Helper()
	_, err := f.Purge(f.Context(), f.acme.ID)
	var stuck *lifecycle.StuckError
	if !errors.As(err, &stuck) || stuck.Table != "pooled.leaves" || !strings.Contains(stuck.Reason, why) {
		f.Fatalf("got %v, want what names %s", err, why)
	}
}
