package tenanthttp_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/tenanthttp"
)

func byPath() resolve.Resolver { return resolve.Must(resolve.Path("/t/")) }

func TestPrefixIsStripped(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/t/acme/polls":        "/polls",
		"/t/acme/":             "/",
		"/t/acme":              "/",
		"/t/acme/t/acme/x":     "/t/acme/x",
		"/t/acme/a%2Fb":        "/a%2Fb",
		"/t/acme/a%20b":        "/a%20b",
		"/t/acme/%74/acme%2Fx": "/%74/acme%2Fx",
	} {
		got := body(t, serve(t, get(target), byPath(), withTenants("acme"), tenanthttp.Options{}, whoami))
		if got != "acme "+want+"/t/acme" {
			t.Errorf("%s: %s; want %s", target, got, want)
		}
	}
}

func TestPrefixIsPutBackIntoLocation(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"/polls":                        "/t/acme/polls",
		"/":                             "/t/acme/",
		"/polls?next=/x#y":              "/t/acme/polls?next=/x#y",
		"/t/acme/polls":                 "/t/acme/polls",
		"/t/acme":                       "/t/acme",
		"/t/acmes":                      "/t/acme/t/acmes",
		"/a%2Fb":                        "/t/acme/a%2Fb",
		"http://polls.localhost/polls":  "http://polls.localhost/t/acme/polls",
		"https://POLLS.localhost/x?y":   "https://POLLS.localhost/t/acme/x?y",
		"http://polls.localhost":        "http://polls.localhost/t/acme/",
		"http://polls.localhost?x=1":    "http://polls.localhost/t/acme?x=1",
		"//polls.localhost/x":           "//polls.localhost/t/acme/x",
		"//evil.example/x":              "//evil.example/x",
		"///evil.example/x":             "/t/acme///evil.example/x",
		`/\evil.example`:                `/t/acme/\evil.example`,
		"http://other.example/x":        "http://other.example/x",
		"http://polls.localhost:8080/x": "http://polls.localhost:8080/x",
		"mailto:a@acme.example":         "mailto:a@acme.example",
		"next/":                         "next/",
		"?page=2":                       "?page=2",
		"":                              "",
	} {
		for name, send := range map[string]func(http.ResponseWriter){
			"WriteHeader": func(w http.ResponseWriter) { w.WriteHeader(http.StatusCreated) },
			"Write":       func(w http.ResponseWriter) { _, _ = w.Write([]byte("x")) },
			"ReadFrom":    func(w http.ResponseWriter) { _, _ = io.Copy(w, struct{ io.Reader }{strings.NewReader("x")}) },
			"Flush":       func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
			"controller":  func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
			"nothing":     func(http.ResponseWriter) {},
			"early hints": func(w http.ResponseWriter) {
				w.WriteHeader(http.StatusEarlyHints)
				w.WriteHeader(http.StatusFound)
			},
		} {
			res := serve(t, get("http://polls.localhost/t/acme/x"), byPath(), withTenants("acme"), tenanthttp.Options{},
				func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Location", location)
					send(w)
				})
			if got := res.Header.Get("Location"); got != want {
				t.Errorf("%s: Location %q became %q; want %q", name, location, got, want)
			}
		}
	}
}

// The redirects that net/http makes by itself, over a real connection.
func TestServeMuxRedirects(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/polls/", whoami)
	mux.Handle("/old", http.RedirectHandler("polls/", http.StatusMovedPermanently))
	server := httptest.NewServer(tenanthttp.New(byPath(), withTenants("acme", "potter"), tenanthttp.Options{})(mux))
	t.Cleanup(server.Close)
	for from, want := range map[string]string{
		"/t/acme/polls":                  "acme /polls/",
		"/t/acme/old":                    "acme /polls/",
		"/t/acme//polls/":                "acme /polls/",
		"/t/acme/../potter/../polls/":    "acme /polls/",
		"/t/acme/polls/../polls/./7":     "acme /polls/7",
		"/t/acme/../../t/potter/../acme": "404 page not found\n",
	} {
		res, err := server.Client().Get(server.URL + from)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.TrimSuffix(body(t, res), "/t/acme")
		if got != want {
			t.Errorf("%s: %q; want %q", from, got, want)
		}
		_ = res.Body.Close()
	}
}

// Code that asks for the optional interfaces, by type or by controller, gets them.
func TestConnectionCanBeHijacked(t *testing.T) {
	t.Parallel()
	for name, hijack := range map[string]func(http.ResponseWriter) error{
		"by type":       func(w http.ResponseWriter) error { return goodbye(w.(http.Hijacker)) },
		"by controller": func(w http.ResponseWriter) error { return goodbye(http.NewResponseController(w)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			handler := func(w http.ResponseWriter, _ *http.Request) {
				if err := hijack(w); err != nil {
					t.Error(err)
				}
			}
			server := httptest.NewServer(tenanthttp.New(byPath(), withTenants("acme"), tenanthttp.Options{})(http.HandlerFunc(handler)))
			defer server.Close()
			res, err := server.Client().Get(server.URL + "/t/acme/")
			if err != nil || res.StatusCode != http.StatusTeapot {
				t.Fatal(res, err)
			}
			_ = res.Body.Close()
		})
	}
}

func goodbye(h http.Hijacker) error {
	conn, _, err := h.Hijack()
	if err != nil {
		return err
	}
	_, err = io.WriteString(conn, "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n")
	return errors.Join(err, conn.Close())
}
