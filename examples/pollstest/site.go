package pollstest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Site is a running polls, reached by a host name of its own.
type Site struct {
	URL       string
	dial      func(ctx context.Context, network, address string) (net.Conn, error)
	superuser func(ctx context.Context, name, password string) error
}

// NewSite returns the site that server shows under host. superuser adds a user
// who may enter its staff area.
func NewSite(server *httptest.Server, host string, superuser func(ctx context.Context, name, password string) error) Site {
	address := server.Listener.Addr().String()
	return Site{
		URL: "http://" + host,
		dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, address)
		},
		superuser: superuser,
	}
}

// Exercise checks the whole of polls. It may run on a site that has data, and on
// several sites at once.
func Exercise(t *testing.T, s Site) {
	t.Run("session", func(t *testing.T) { t.Parallel(); session(t, s) })
	t.Run("refusals", func(t *testing.T) { t.Parallel(); refusals(t, s) })
	t.Run("one vote of many", func(t *testing.T) { t.Parallel(); voteRace(t, s) })
	t.Run("pages", func(t *testing.T) { t.Parallel(); pages(t, s) })
	t.Run("staff", func(t *testing.T) { t.Parallel(); staffArea(t, s) })
	t.Run("other sites' forms", func(t *testing.T) { t.Parallel(); forgery(t, s) })
	t.Run("escaping", func(t *testing.T) { t.Parallel(); escaping(t, s) })
}

func (s Site) transport(t *testing.T) *http.Transport {
	tr := &http.Transport{DialContext: s.dial}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// Client talks to the JSON API as the user whose token it has.
type Client struct {
	t     *testing.T
	site  Site
	http  *http.Client
	Token string
}

// Client returns a client who is nobody yet.
func (s Site) Client(t *testing.T) *Client {
	return &Client{t: t, site: s, http: &http.Client{Transport: s.transport(t)}}
}

// SignUp makes a user and returns a client with that user's token.
func (s Site) SignUp(t *testing.T, name string) *Client {
	t.Helper()
	c := s.Client(t)
	c.Want(http.StatusCreated, "POST", "/users/", fields{"username": name, "password": secret}, nil)
	var answer struct{ Token string }
	c.Want(http.StatusOK, "POST", "/login/", fields{"username": name, "password": secret}, &answer)
	c.Token = answer.Token
	return c
}

const secret = "correct horse battery"

type fields = map[string]any

// Want sends body as JSON, or as it is where it is a string, checks the status
// and reads the answer into out unless that is nil.
func (c *Client) Want(status int, method, path string, body, out any) {
	c.t.Helper()
	answer := c.send(status, method, path, body)
	if out == nil {
		return
	}
	if err := json.Unmarshal(answer, out); err != nil {
		c.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
}

func (c *Client) send(status int, method, path string, body any) []byte {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.site.URL+path, encode(c.t, body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Token "+c.Token)
	}
	response, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if response.StatusCode != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, response.StatusCode, status, answer)
	}
	return answer
}

func encode(t *testing.T, body any) io.Reader {
	t.Helper()
	if text, ok := body.(string); ok {
		return bytes.NewReader([]byte(text))
	}
	if body == nil {
		return http.NoBody
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(text)
}
