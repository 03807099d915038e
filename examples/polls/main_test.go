package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/engine/sqlite"
	"github.com/rowhouse-go/rowhouse/examples/polls/app"
	"github.com/rowhouse-go/rowhouse/examples/pollstest"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// street is polls with its tenants.
type street struct {
	house  *rowhouse.House
	server *httptest.Server
}

// open serves polls with the tenants thor and potter, each with its sample data.
func open(t *testing.T) street {
	t.Helper()
	return openOn(t, rowhouse.Server{URL: pgtest.Database(t)}, tenant.Schema)
}

func openOn(t *testing.T, server rowhouse.Server, level tenant.Level) street {
	t.Helper()
	s := serveWith(t, func(cfg *rowhouse.Config) {
		cfg.Servers[rowhouse.Main], cfg.Isolation = server, level
		cfg.Engines = []rowhouse.Engine{sqlite.Engine{}}
	})
	for _, sample := range []string{"thor", "potter"} {
		s.build(t, sample, sample, level)
	}
	return s
}

// serveWith serves polls as a configuration says that was changed.
func serveWith(t *testing.T, change func(*rowhouse.Config)) street {
	t.Helper()
	cfg, err := rowhouse.Load("rowhouse.yaml")
	if err != nil {
		t.Fatal(err)
	}
	change(&cfg)
	if err := rowhouse.Init(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	h, err := rowhouse.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	s := street{h, httptest.NewServer(h.Middleware(app.New(h.SQL())))}
	t.Cleanup(s.server.Close)
	return s
}

// build makes a tenant with sample data.
func (s street) build(t *testing.T, slug, from string, level tenant.Level) {
	t.Helper()
	sample, err := app.LoadSample(from)
	if err != nil {
		t.Fatal(err)
	}
	settings := tenant.Settings{}
	for k, v := range sample.Settings {
		settings[k], _ = json.Marshal(v)
	}
	made, err := s.house.Lifecycle().Create(t.Context(), lifecycle.New{Slug: slug, Name: sample.Name, Settings: settings, Isolation: level})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Seed(tenant.NewContext(t.Context(), made), s.house.SQL(), from); err != nil {
		t.Fatal(err)
	}
}

func (s street) site(slug string) pollstest.Site {
	return pollstest.NewSite(s.server, slug+".polls.localhost", func(ctx context.Context, name, password string) error {
		made, err := s.house.Lookup(ctx, tenant.BySlug(slug))
		if err != nil {
			return err
		}
		return app.CreateSuperuser(tenant.NewContext(ctx, made), s.house.SQL(), name, "", password)
	})
}

func TestEveryTenantHasAWholePollsAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, slug := range []string{"thor", "potter"} {
		t.Run(slug, func(t *testing.T) {
			t.Parallel()
			pollstest.Exercise(t, s.site(slug))
		})
	}
}

func TestNeighbours(t *testing.T) {
	t.Parallel()
	s := open(t)
	t.Run("equal ids are different polls", func(t *testing.T) { equalIDs(t, s) })
	t.Run("a token is worth nothing next door", func(t *testing.T) { foreignToken(t, s) })
	t.Run("the host names the tenant", func(t *testing.T) { namedByHost(t, s) })
}

func equalIDs(t *testing.T, s street) {
	thor, potter := s.site("thor").Client(t), s.site("potter").Client(t)
	var a, b pollstest.Poll
	thor.Want(http.StatusOK, "GET", "/polls/1/", nil, &a)
	potter.Want(http.StatusOK, "GET", "/polls/1/", nil, &b)
	if a.ID != b.ID || a.Question == b.Question {
		t.Errorf("poll 1 of thor is %q, of potter %q", a.Question, b.Question)
	}

	owner := s.site("potter").SignUp(t, "owner")
	var made pollstest.Poll
	owner.Want(http.StatusCreated, "POST", "/polls/", map[string]any{"question": "Third?"}, &made)
	thorsThird := fmt.Sprintf("/polls/%d/", made.ID)
	thor.Want(http.StatusOK, "GET", thorsThird, nil, &a)
	owner.Want(http.StatusNoContent, "DELETE", thorsThird, nil, nil)
	thor.Want(http.StatusOK, "GET", thorsThird, nil, nil)
}

func foreignToken(t *testing.T, s street) {
	potter := s.site("potter").Client(t)
	potter.Token = s.site("thor").SignUp(t, "ann").Token
	for _, c := range []struct{ method, path string }{
		{"GET", "/polls/"}, {"POST", "/polls/"}, {"DELETE", "/polls/1/"}, {"POST", "/polls/1/choices/1/vote/"},
	} {
		potter.Want(http.StatusUnauthorized, c.method, c.path, map[string]any{"question": "Whose?"}, nil)
	}
	potter.Token = ""
	potter.Want(http.StatusBadRequest, "POST", "/login/", map[string]any{"username": "thor", "password": "goats-and-thunder"}, nil)
	s.site("potter").SignUp(t, "ann") // the name is free next door
}

func namedByHost(t *testing.T, s street) {
	var shown struct {
		Slug, Name string
		Settings   map[string]string
	}
	s.site("thor").Client(t).Want(http.StatusOK, "GET", "/tenant", nil, &shown)
	if shown.Slug != "thor" || shown.Name != "Thor's Hall" || shown.Settings["color"] == "" {
		t.Errorf("tenant %+v", shown)
	}
	var plans []struct{ Code string }
	s.site("potter").Client(t).Want(http.StatusOK, "GET", "/plans/", nil, &plans)
	if len(plans) == 0 {
		t.Error("the shared plans are not to be seen")
	}
	var problem struct{ Type string }
	s.site("loki").Client(t).Want(http.StatusNotFound, "GET", "/polls/", nil, &problem)
	if !strings.HasSuffix(problem.Type, "unknown-tenant") {
		t.Errorf("an unknown host: problem %q", problem.Type)
	}
}

func TestCommandsNeedATenant(t *testing.T) {
	t.Setenv("DATABASE_URL", pgtest.Database(t))
	t.Setenv("ROWHOUSE_TENANT", "")
	for _, args := range [][]string{{"sample", "thor"}, {"createsuperuser", "--username", "root", "--password", "x"}} {
		if err := run(t.Context(), args); err == nil || !strings.Contains(err.Error(), "rowhouse exec") {
			t.Errorf("polls %v: %v, want advice to use rowhouse exec", args, err)
		}
	}
}

// The same program with the same migrations, and SQLite instead of PostgreSQL.
func TestPollsOnSQLite(t *testing.T) {
	s := openOn(t, rowhouse.Server{Engine: "sqlite", URL: t.TempDir()}, tenant.Database)
	for _, slug := range []string{"thor", "potter"} {
		t.Run(slug, func(t *testing.T) { pollstest.Exercise(t, s.site(slug)) })
	}
}
