package rowhouse_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func migrateAll() migrate.Options { return migrate.Options{} }

// TestMain stops the server that the tests start.
func TestMain(m *testing.M) { pgtest.Main(m) }

func only(server string) rowhouse.Config {
	return rowhouse.Config{Servers: map[string]rowhouse.Server{rowhouse.Main: {URL: server}}}
}

func TestOpenFailsSoonAndLeavesNothing(t *testing.T) {
	database := pgtest.Database(t)
	before := goleak.IgnoreCurrent()
	port, err := pglocal.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(pgtest.Role(t, database, ""))
	if err != nil {
		t.Fatal(err)
	}
	nobody := *u
	nobody.User = url.UserPassword("nobody_of_that_name", "x")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var pg *pgconn.PgError
	for name, c := range map[string]struct {
		ctx    context.Context
		config rowhouse.Config
		want   func(error) bool
	}{
		"no server":   {t.Context(), rowhouse.Config{}, func(err error) bool { return errors.Is(err, rowhouse.ErrNoServer) }},
		"unreachable": {t.Context(), only("postgres://u@127.0.0.1:" + strconv.Itoa(port) + "/x"), func(err error) bool { return errors.As(err, new(*pgconn.ConnectError)) }},
		"stranger":    {t.Context(), only(nobody.String()), func(err error) bool { return errors.As(err, &pg) && pg.Code[:2] == "28" }},
		"no database": {t.Context(), only(database + "_no"), func(err error) bool { return err != nil }},
		"no registry": {t.Context(), only(database), func(err error) bool { return errors.Is(err, rowhouse.ErrNotInstalled) }},
		"gone":        {gone, only(database), func(err error) bool { return errors.Is(err, context.Canceled) }},
		"level":       {t.Context(), func() rowhouse.Config { c := only(database); c.Isolation = tenant.Silo; return c }(), func(err error) bool { return err != nil }},
		"malformed":   {t.Context(), only("postgres://%zz"), func(err error) bool { return err != nil }},
		"pooler": {t.Context(), rowhouse.Config{Servers: map[string]rowhouse.Server{rowhouse.Main: {URL: database, Pooler: "session"}}},
			func(err error) bool { return err != nil }},
	} {
		began := time.Now()
		h, err := rowhouse.Open(c.ctx, c.config)
		if h != nil || !c.want(err) {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
	}
	goleak.VerifyNone(t, before)
}

func TestCloseLeavesNothingAndMayBeRepeated(t *testing.T) {
	c := config(t)
	before := goleak.IgnoreCurrent()
	if err := rowhouse.Init(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	h, err := rowhouse.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	who := create(t, h, "acme")
	write(t, h, who, "used")
	for range 2 {
		if err := h.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	goleak.VerifyNone(t, before)
	if _, err := h.SQL().ExecContext(in(t, who), "SELECT 1"); err == nil {
		t.Error("a closed house serves")
	}
}

func TestNoTenantOwnsAHostOfTheProduct(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Resolve = mustSubdomain("polls.localhost")
	h := open(t, c)
	var invalid *tenant.InvalidError
	_, err := h.Lifecycle().Create(t.Context(), lifecycle.New{Slug: "acme", Domains: []string{"potter.polls.localhost"}})
	if !errors.As(err, &invalid) || invalid.Field != "host" {
		t.Errorf("create: %v", err)
	}
	if _, err := h.Lifecycle().AddDomain(t.Context(), create(t, h, "acme").ID, "potter.polls.localhost"); !errors.As(err, &invalid) {
		t.Errorf("add domain: %v", err)
	}
}

func ExampleOpen() {
	ctx := context.Background()
	h, err := rowhouse.Open(ctx, rowhouse.Config{
		Servers:    map[string]rowhouse.Server{rowhouse.Main: {URL: os.Getenv("ROWHOUSE_DATABASE_URL")}},
		Migrations: rowhouse.Migrations{Tenant: os.DirFS("migrations/tenant")},
		Resolve:    mustSubdomain("example.com"),
	})
	if err != nil {
		panic(err) // ErrNotInstalled: run Init, or rowhouse init
	}
	defer h.Close()

	acme, err := h.Lifecycle().Create(ctx, lifecycle.New{Slug: "acme"})
	if err != nil {
		panic(err)
	}
	_, _ = h.SQL().ExecContext(tenant.NewContext(ctx, acme), "INSERT INTO notes (body) VALUES ('only acme sees this')")
}

func mustSubdomain(base string) resolve.Resolver { return resolve.Must(resolve.Subdomain(base)) }
