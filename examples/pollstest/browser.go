package pollstest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// browser keeps cookies and follows redirects, as people's browsers do.
type browser struct {
	t      *testing.T
	site   Site
	http   *http.Client
	origin string // what it sends as Origin with forms
}

func (s Site) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, s, &http.Client{Transport: s.transport(t), Jar: jar}, s.URL}
}

// page is what the browser shows in the end.
type page struct {
	t      *testing.T
	status int
	path   string
	text   string
	header http.Header
}

func (b *browser) open(path string) page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), "GET", b.site.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

// submit sends a form: names and values in turn.
func (b *browser) submit(path string, pairs ...string) page {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequestWithContext(b.t.Context(), "POST", b.site.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.origin)
	return b.do(r)
}

func (b *browser) do(r *http.Request) page {
	b.t.Helper()
	response, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{b.t, response.StatusCode, response.Request.URL.Path, string(text), response.Header}
}

// want checks the status, the path that the browser ended at, and what it shows.
func (p page) want(status int, path string, shows ...string) page {
	p.t.Helper()
	if p.status != status || p.path != path {
		p.t.Fatalf("status %d at %s, want %d at %s:\n%s", p.status, p.path, status, path, p.text)
	}
	for _, s := range shows {
		if !strings.Contains(p.text, s) {
			p.t.Errorf("%s does not show %q:\n%s", p.path, s, p.text)
		}
	}
	return p
}

// find returns the first group of pattern in the page.
func (p page) find(pattern string) string {
	p.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(p.text)
	if m == nil {
		p.t.Fatalf("%s has no %s:\n%s", p.path, pattern, p.text)
	}
	return m[1]
}
