package tenantpgx_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// newRowWorld is two tenants that share the table polls. The door serves as the
// application's role, or as the superuser.
func newRowWorld(t *testing.T, superuser bool) *world {
	t.Helper()
	w := &world{url: pgtest.Database(t)}
	app := pgtest.Role(t, w.url, "")
	role, err := url.Parse(app)
	if err != nil {
		t.Fatal(err)
	}
	level, directory := row.New(isolation.DefaultNames(), row.GrantTo(role.User.Username())), known{}
	at := level.Place(tenant.ID{}, "", "main")
	w.admin(t, isolation.Script(append(level.Create(at), level.EnterPool(at))...)+`CREATE TABLE polls (id int, question text,
		tenant_id uuid NOT NULL DEFAULT current_setting('rowhouse.tenant')::uuid, PRIMARY KEY (tenant_id, id));
		ALTER TABLE polls ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
		CREATE POLICY rowhouse ON polls USING (tenant_id = current_setting('rowhouse.tenant')::uuid)`)
	for slug, who := range map[string]**tenant.Tenant{"a": &w.a, "b": &w.b} {
		id := tenant.NewID()
		*who = &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: at}
		directory[id.String()] = *who
		w.admin(t, "INSERT INTO pooled.polls VALUES (1, '"+slug+"', '"+id.String()+"')")
	}
	if superuser {
		app = w.url
	}
	set := pools.New(map[string]pools.Server{"main": {URL: app, MaxConns: 1}})
	t.Cleanup(set.Close)
	w.db = tenantpgx.New(tenantpgx.Config{
		Directory: directory, Pools: set, Levels: isolation.LevelsOf(level), Names: isolation.DefaultNames(), Main: "main",
	})
	if w.pool, err = set.Pool("main"); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestSharedTablesAreNotServedAsWhoBypassesPolicies(t *testing.T) {
	t.Parallel()
	w := newRowWorld(t, true)
	ctx := as(t, w.a)
	if err := w.db.QueryRow(ctx, byKey, 1).Scan(new(string)); !errors.Is(err, tenantpgx.ErrBypass) {
		t.Errorf("query: %v", err)
	}
	if _, err := w.db.Begin(ctx); !errors.Is(err, tenantpgx.ErrBypass) {
		t.Errorf("begin: %v", err)
	}
	err := w.db.Across(ctx, []*tenant.Tenant{w.a, w.b}, func(*tenantpgx.AcrossTx) error { return nil })
	if !errors.Is(err, tenantpgx.ErrBypass) {
		t.Errorf("across: %v", err)
	}
}

// One statement by its name serves everybody who shares the tables.
func TestSharedTablesShareTheirStatements(t *testing.T) {
	t.Parallel()
	w := newRowWorld(t, false)
	for range 8 {
		reads(t, w.db, w.a)
		reads(t, w.db, w.b)
	}
	var named int
	err := w.pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_prepared_statements WHERE statement = $1", byKey).Scan(&named)
	if err != nil || named != 1 {
		t.Errorf("%d named statements for two tenants, want 1 (%v)", named, err)
	}
}

func TestCopyIntoSharedTables(t *testing.T) {
	t.Parallel()
	w := newRowWorld(t, false)
	const many = 1234
	n := 0
	source := pgx.CopyFromFunc(func() ([]any, error) {
		if n++; n > many {
			return nil, nil
		}
		return []any{n + 1, w.a.Slug}, nil
	})
	copied, err := w.db.CopyFrom(as(t, w.a), pgx.Identifier{"polls"}, []string{"id", "question"}, source)
	if err != nil || copied != many {
		t.Fatalf("copied %d, %v", copied, err)
	}
	for who, want := range map[*tenant.Tenant]int{w.a: many + 1, w.b: 1} {
		var got int
		if err := w.db.QueryRow(as(t, who), "SELECT count(*) FROM polls").Scan(&got); err != nil || got != want {
			t.Errorf("%s has %d polls, want %d (%v)", who.Slug, got, want, err)
		}
	}
	again := pgx.CopyFromRows([][]any{{5000, "x"}, {1, "taken"}})
	if _, err := w.db.CopyFrom(as(t, w.b), pgx.Identifier{"pooled", "polls"}, []string{"id", "question"}, again); err == nil {
		t.Error("a row whose key is taken is copied")
	}
	given := pgx.CopyFromRows([][]any{{5001, "a gift", [16]byte(w.b.ID)}})
	if _, err := w.db.CopyFrom(as(t, w.a), pgx.Identifier{"polls"}, []string{"id", "question", "tenant_id"}, given); err == nil {
		t.Error("a row is copied into another tenant")
	}
	broken := errors.New("the source broke")
	_, err = w.db.CopyFrom(as(t, w.b), pgx.Identifier{"polls"}, []string{"id"}, pgx.CopyFromFunc(func() ([]any, error) { return nil, broken }))
	if !errors.Is(err, broken) {
		t.Errorf("a broken source: %v", err)
	}
	w.idle(t)
}

func TestAcrossTenantsWhoShareTables(t *testing.T) {
	t.Parallel()
	w := newRowWorld(t, false)
	ctx := context.Background()
	err := w.db.Across(ctx, []*tenant.Tenant{w.a, w.b}, func(tx *tenantpgx.AcrossTx) error {
		var got []string
		for _, who := range []*tenant.Tenant{w.a, w.b, w.a} {
			var question string
			if err := tx.In(who).QueryRow(ctx, byKey, 1).Scan(&question); err != nil {
				return err
			}
			got = append(got, question)
		}
		if !slices.Equal(got, []string{"a", "b", "a"}) {
			t.Errorf("got %q", got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// What one tenant defers does not come to pass in the next one's turn.
func TestAcrossTenantsDeferredTriggersFireInTheirTurn(t *testing.T) {
	t.Parallel()
	w := newRowWorld(t, false)
	w.admin(t, `CREATE TABLE pooled.log (who text, line text);
		CREATE FUNCTION pooled.note() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN INSERT INTO log VALUES (current_setting('rowhouse.tenant'), NEW.question || ' of ' || (SELECT count(*) FROM polls)); RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER note AFTER INSERT ON pooled.polls DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pooled.note()`)
	ctx := context.Background()
	err := w.db.Across(ctx, []*tenant.Tenant{w.a, w.b}, func(tx *tenantpgx.AcrossTx) error {
		for turn, who := range []*tenant.Tenant{w.a, w.b, w.a} {
			for i := range 2 {
				if _, err := tx.In(who).Exec(ctx, "INSERT INTO polls VALUES ($1, $2)", 10*turn+i+2, who.Slug); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []*tenant.Tenant{w.a, w.b} {
		var got string
		err := w.pool.QueryRow(ctx, "SELECT string_agg(line, ', ' ORDER BY line) FROM pooled.log WHERE who = $1", who.ID.String()).Scan(&got)
		want := "b of 3, b of 3" // both rows are there when the first trigger fires
		if who == w.a {
			want = "a of 3, a of 3, a of 5, a of 5"
		}
		if err != nil || got != want {
			t.Errorf("%s has %q, want %q (%v)", who.Slug, got, want, err)
		}
	}
}
