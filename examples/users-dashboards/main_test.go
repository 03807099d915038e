package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/registry"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func open(t *testing.T) (*rowhouse.House, http.Handler) {
	t.Helper()
	cfg, err := rowhouse.Load("rowhouse.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Servers[rowhouse.Main] = rowhouse.Server{URL: pgtest.Database(t)}
	if err := rowhouse.Init(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	house, err := rowhouse.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = house.Close() })
	handler, err := newSite(house)
	if err != nil {
		t.Fatal(err)
	}
	return house, handler
}

// send asks as a visitor of user.dash.localhost. A form makes it a POST.
func send(t *testing.T, h http.Handler, user, path string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	method, body := "GET", io.Reader(http.NoBody)
	if form != nil {
		method, body = "POST", strings.NewReader(form.Encode())
	}
	r := httptest.NewRequestWithContext(t.Context(), method, "http://"+user+".dash.localhost"+path, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func signUp(t *testing.T, h http.Handler, username string) int {
	t.Helper()
	return send(t, h, "www", "/signup", url.Values{"username": {username}}).Code
}

func titles(t *testing.T, h http.Handler, user string) (all []string) {
	t.Helper()
	w := send(t, h, user, "/dashboards", nil)
	var list []dashboard
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil {
		t.Fatalf("%s: status %d: %s", user, w.Code, w.Body)
	}
	for i, d := range list {
		if d.ID != int64(i+1) {
			t.Errorf("%s: dashboard %d has id %d: ids are the user's own", user, i+1, d.ID)
		}
		all = append(all, d.Title)
	}
	return all
}

func TestSigningUpMakesATenant(t *testing.T) {
	t.Parallel()
	_, h := open(t)
	for _, user := range []string{"alice", "bob"} {
		if code := signUp(t, h, user); code != http.StatusCreated {
			t.Fatalf("sign up %s: status %d", user, code)
		}
		send(t, h, user, "/dashboards", url.Values{"title": {user + "'s sales"}})
	}
	for _, user := range []string{"alice", "bob"} {
		if got, want := titles(t, h, user), []string{"Welcome", user + "'s sales"}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s sees %q, want %q", user, got, want)
		}
	}
	if w := send(t, h, "carol", "/dashboards", nil); w.Code != http.StatusNotFound {
		t.Errorf("carol, who never signed up: status %d", w.Code)
	}
}

func TestNamesThatCannotBe(t *testing.T) {
	t.Parallel()
	_, h := open(t)
	if code := signUp(t, h, "alice"); code != http.StatusCreated {
		t.Fatalf("status %d", code)
	}
	for name, want := range map[string]int{
		"alice": http.StatusConflict, "": http.StatusBadRequest, "www": http.StatusBadRequest,
		"a,b": http.StatusBadRequest, "x'; DROP TABLE users--": http.StatusBadRequest,
	} {
		if code := signUp(t, h, name); code != want {
			t.Errorf("sign up %q: status %d, want %d", name, code, want)
		}
	}
	if body := send(t, h, "www", "/users", nil).Body.String(); strings.TrimSpace(body) != `["alice"]` {
		t.Errorf("users: %s", body)
	}
}

// A user without a tenant, or a tenant without a user, would be half a sign-up.
func TestSignUpIsAllOrNothing(t *testing.T) {
	t.Parallel()
	house, h := open(t)
	if _, err := house.Shared().Exec(t.Context(), `ALTER TABLE users ADD CHECK (username <> 'mallory')`); err != nil {
		t.Fatal(err)
	}
	if code := signUp(t, h, "mallory"); code != http.StatusInternalServerError {
		t.Errorf("a user that the table refuses: status %d", code)
	}
	var made atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if signUp(t, h, "alice") == http.StatusCreated {
				made.Add(1)
			}
		})
	}
	all.Wait()
	tenants, err := house.Registry().List(t.Context(), registry.Filter{})
	if err != nil || made.Load() != 1 || len(tenants) != 1 {
		t.Errorf("%d sign-ups of alice, %d tenants (%v)", made.Load(), len(tenants), err)
	}
}
