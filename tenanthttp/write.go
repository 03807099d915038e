package tenanthttp

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"time"
)

// Write answers r with p: an HTML page where the client prefers one, as browsers
// do, and application/problem+json otherwise.
func (p Problem) Write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Accept")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if p.RetryAfter > 0 {
		h.Set("Retry-After", wholeSeconds(p.RetryAfter))
	}
	if prefersHTML(r.Header.Values("Accept")) {
		p.writeHTML(w, r)
		return
	}
	p.writeJSON(w, r)
}

// A failed write is a client that went away: nobody is left to tell.

func (p Problem) writeJSON(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(p)
	}
}

func (p Problem) writeHTML(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		title := html.EscapeString(p.Title)
		_, _ = fmt.Fprintf(w, page, title, p.Status, title, html.EscapeString(p.Detail))
	}
}

func wholeSeconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
