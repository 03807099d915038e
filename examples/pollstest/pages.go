package pollstest

import (
	"net/http"
	"strings"
	"testing"
)

// pages is what a visitor does without writing a line of JSON.
func pages(t *testing.T, s Site) {
	name, b := unique("erin"), s.browser(t)
	b.open("/").want(http.StatusOK, "/", "Sign in", "static/brand.css")
	b.open("/p/new").want(http.StatusOK, "/sign-in")
	b.submit("/sign-up", "username", name, "password", "").want(http.StatusBadRequest, "/sign-up", "password", name)
	b.submit("/sign-up", "username", name, "password", secret).want(http.StatusOK, "/", name, "Sign out")

	asked := b.submit("/p/new", "question", unique("Soup?"), "choices", "Yes\r\n\r\nNo\r\n")
	asked.want(http.StatusOK, asked.path, "Yes", "No", "0 votes", "Delete this poll")
	if !strings.HasPrefix(asked.path, "/p/") {
		t.Fatalf("a new poll is shown at %s", asked.path)
	}
	b.submit(asked.path+"/choices", "choice_text", "Perhaps").want(http.StatusOK, asked.path, "Perhaps")
	b.submit(asked.path+"/vote").want(http.StatusBadRequest, asked.path+"/vote", "pick one")
	choice := asked.find(`name="choice" value="(\d+)"`)
	b.submit(asked.path+"/vote", "choice", choice).want(http.StatusOK, asked.path, "you voted", "1 vote ")
	b.submit(asked.path+"/vote", "choice", choice).want(http.StatusConflict, asked.path+"/vote", "voted in this poll already")

	other := s.browser(t)
	other.submit(asked.path+"/vote", "choice", choice).want(http.StatusOK, "/sign-in")
	other.submit("/sign-up", "username", unique("finn"), "password", secret, "poll", asked.path[3:]).
		want(http.StatusOK, asked.path, "Vote")
	other.submit(asked.path+"/delete").want(http.StatusForbidden, asked.path+"/delete", "only who made")

	b.submit(asked.path+"/delete").want(http.StatusOK, "/")
	b.open(asked.path).want(http.StatusNotFound, asked.path, "not found")
	signOut(b, name)
}

// signOut ends the session on the server too: the old cookie opens nothing.
func signOut(b *browser, name string) {
	r, _ := http.NewRequestWithContext(b.t.Context(), "GET", b.site.URL+"/", nil)
	old := b.http.Jar.Cookies(r.URL)
	b.submit("/sign-out").want(http.StatusOK, "/", "Sign up")
	b.http.Jar.SetCookies(r.URL, old)
	if p := b.open("/").want(http.StatusOK, "/"); strings.Contains(p.text, name) {
		b.t.Error("a session that was signed out still works")
	}
	b.submit("/sign-in", "username", name, "password", "wrong").want(http.StatusBadRequest, "/sign-in", "Wrong Credentials")
	b.submit("/sign-in", "username", name, "password", secret).want(http.StatusOK, "/", name)
}

// forgery: a form on another site changes nothing here, nor does a sibling host's.
func forgery(t *testing.T, s Site) {
	b := s.browser(t)
	b.submit("/sign-up", "username", unique("gail"), "password", secret).want(http.StatusOK, "/")
	for _, origin := range []string{"http://evil.example", "http://sibling." + strings.TrimPrefix(s.URL, "http://"), "null"} {
		b.origin = origin
		b.submit("/p/new", "question", "Forged?").want(http.StatusForbidden, "/p/new")
		b.submit("/sign-out").want(http.StatusForbidden, "/sign-out")
	}
}

// escaping: what people type stays text, and a page loads no script.
func escaping(t *testing.T, s Site) {
	b := s.browser(t)
	b.submit("/sign-up", "username", unique("hank"), "password", secret).want(http.StatusOK, "/")
	const attack = `"><script>alert(1)</script>{{.}}`
	p := b.submit("/p/new", "question", attack, "choices", attack)
	p.want(http.StatusOK, p.path, "&lt;script&gt;")
	if strings.Contains(p.text, "<script") {
		t.Errorf("unescaped:\n%s", p.text)
	}
	if policy := p.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("Content-Security-Policy: %s", policy)
	}
	b.submit(p.path+"/delete").want(http.StatusOK, "/")
}
