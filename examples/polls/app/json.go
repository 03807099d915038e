package app

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
)

const bodyLimit = 64 << 10

// apiFunc is a handler of the JSON API; its error becomes {"error": "…"}.
type apiFunc func(w http.ResponseWriter, r *http.Request) error

func (h apiFunc) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
	err := h(w, r)
	if err == nil {
		return
	}
	p := problemOf(err)
	report(r, p, err)
	if p.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Token")
	}
	_ = respond(w, p.status, map[string]string{"error": p.message})
}

// report logs what the client is not told.
func report(r *http.Request, p *problem, err error) {
	if p == errInternal && r.Context().Err() == nil {
		slog.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
}

func respond(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(v)
}

// decode reads the request's one JSON value into v.
func decode(r *http.Request, v any) error {
	if !speaksJSON(r.Header.Get("Content-Type")) {
		return errNotJSON
	}
	d := json.NewDecoder(r.Body)
	err := d.Decode(v)
	if err == nil {
		_, err = d.Token()
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return errTooLarge
	}
	if err != io.EOF {
		return invalid("the body is not one JSON object with fields of the right types")
	}
	return nil
}

// speaksJSON lets pass what curl -d says when it is not told otherwise.
func speaksJSON(header string) bool {
	kind, _, _ := mime.ParseMediaType(header)
	return header == "" || kind == "application/json" || kind == "application/x-www-form-urlencoded"
}

// pathID reads a number in the path. What is no id names nothing.
func pathID(r *http.Request, name string) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || id < 1 {
		return 0, errNotFound
	}
	return id, nil
}
