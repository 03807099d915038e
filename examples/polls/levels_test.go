package main

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/examples/pollstest"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/database"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// One running program serves tenants of each level at once. Each has a poll of the same
// id, and nobody sees anybody.
func TestALevelForEachTenant(t *testing.T) {
	t.Parallel()
	s := mixed(t)
	levels := []tenant.Level{tenant.Row, tenant.Schema, tenant.Database}
	for _, level := range levels {
		s.build(t, string(level), "thor", level)
		s.build(t, string(level)+"-too", "potter", level)
	}
	for _, level := range levels {
		t.Run(string(level), func(t *testing.T) {
			t.Parallel()
			pollstest.Exercise(t, s.site(string(level)))
			s.apart(t, string(level), string(level)+"-too")
		})
	}
}

// mixed serves polls with all levels that are in one installation.
func mixed(t *testing.T) street {
	t.Helper()
	owner := pgtest.Database(t)
	role := pgtest.Role(t, owner, "")
	who, err := url.Parse(role)
	if err != nil {
		t.Fatal(err)
	}
	prefix := pgtest.Prefix(t)
	return serveWith(t, func(c *rowhouse.Config) {
		c.Servers[rowhouse.Main] = rowhouse.Server{URL: owner, AppURL: role}
		c.AppRole = who.User.Username()
		c.Levels = []isolation.Maker{database.Postgres()}
		c.Schemas = isolation.DefaultNames()
		c.Schemas.Prefix = prefix
	})
}

// apart gives two tenants polls of one id. Each shows its own, and a token of one is
// worth nothing at the other.
func (s street) apart(t *testing.T, a, b string) {
	here, there := s.site(a).Client(t), s.site(b).Client(t)
	for slug, client := range map[string]*pollstest.Client{a: here, b: there} {
		s.ask(t, slug, "What do they ask at "+slug+"?")
		var shown pollstest.Poll
		client.Want(http.StatusOK, "GET", "/polls/4711/", nil, &shown)
		if shown.Question != "What do they ask at "+slug+"?" {
			t.Errorf("%s shows %q", slug, shown.Question)
		}
	}
	there.Token = s.site(a).SignUp(t, "visitor").Token
	there.Want(http.StatusUnauthorized, "POST", "/polls/", map[string]any{"question": "Whose?"}, nil)
}

// ask adds a poll of a fixed id, as an import would.
func (s street) ask(t *testing.T, slug, question string) {
	t.Helper()
	who, err := s.house.Lookup(t.Context(), tenant.BySlug(slug))
	if err == nil {
		_, err = s.house.SQL().ExecContext(tenant.NewContext(t.Context(), who),
			"INSERT INTO polls (id, question, created_by) SELECT 4711, $1, min(id) FROM users", question)
	}
	if err != nil {
		t.Fatal(err)
	}
}
