package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/examples/polls/app"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// get asks polls, without a database, as the tenant with these settings.
func get(t *testing.T, path string, settings tenant.Settings) string {
	t.Helper()
	ctx := tenant.NewContext(t.Context(), &tenant.Tenant{ID: tenant.NewID(), Slug: "thor", Name: "Thor's Hall", Settings: settings})
	w := httptest.NewRecorder()
	app.New(nil).ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: status %d: %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

func setting(v string) json.RawMessage {
	text, _ := json.Marshal(v)
	return text
}

func TestPagesWearTheTenantsColours(t *testing.T) {
	t.Parallel()
	settings := tenant.Settings{"color": setting("#102030"), "accent": setting("#ffee00"), "logo": setting("T")}
	css := get(t, "/static/brand.css", settings)
	if want := "--color:#102030;--on-color:#ffffff;--accent:#ffee00;--on-accent:#000000"; !strings.Contains(css, want) {
		t.Errorf("%s\nwant %s", css, want)
	}
	if html := get(t, "/sign-in", settings); !strings.Contains(html, "Thor&#39;s Hall") || !strings.Contains(html, ">T<") {
		t.Errorf("no name or logo in\n%s", html)
	}
}

func TestSettingsCannotBreakOutOfAPage(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"red;}body{display:none", "#12345", "#1234567", "#12345g", "#123456\n", "url(//evil.example)"} {
		if css := get(t, "/static/brand.css", tenant.Settings{"color": setting(bad)}); strings.Contains(css, bad) {
			t.Errorf("colour %q came through: %s", bad, css)
		}
	}
	for _, bad := range []string{"javascript:alert(1)", "https://evil.example/logo.png", "data:text/html;base64,PHNjcmlwdD4=", `"><script>`} {
		if html := get(t, "/sign-in", tenant.Settings{"logo": setting(bad)}); strings.Contains(html, bad) {
			t.Errorf("logo %q came through:\n%s", bad, html)
		}
	}
	if html := get(t, "/sign-in", tenant.Settings{"logo": setting("<b>")}); strings.Contains(html, "<b>") {
		t.Errorf("logo letters are not escaped:\n%s", html)
	}
}

func TestTenantShowsItsNameAndSettings(t *testing.T) {
	t.Parallel()
	got := get(t, "/tenant", tenant.Settings{"color": setting("#102030")})
	if want := `{"name":"Thor's Hall","settings":{"color":"#102030"},"slug":"thor"}`; strings.TrimSpace(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := get(t, "/tenant", nil); !strings.Contains(got, `"settings":{}`) {
		t.Errorf("no settings: %s", got)
	}
}
