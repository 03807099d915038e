package tenanthttp

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// stripped returns u without prefix, which is spelled the same in Path and
// RawPath: a resolver accepts only plain slugs.
func stripped(u *url.URL, prefix string) *url.URL {
	inner := *u
	inner.Path = rooted(strings.TrimPrefix(u.Path, prefix))
	if u.RawPath != "" {
		inner.RawPath = rooted(strings.TrimPrefix(u.RawPath, prefix))
	}
	return &inner
}

func rooted(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// prefixWriter puts the stripped prefix back into the Location header, whoever
// set it: the application, http.Redirect, or a ServeMux.
type prefixWriter struct {
	http.ResponseWriter
	prefix string
	host   string
}

// Unwrap serves [http.ResponseController].
func (w *prefixWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *prefixWriter) WriteHeader(status int) {
	w.putBack()
	w.ResponseWriter.WriteHeader(status)
}

func (w *prefixWriter) Write(b []byte) (int, error) {
	w.putBack()
	return w.ResponseWriter.Write(b)
}

// ReadFrom keeps sendfile.
func (w *prefixWriter) ReadFrom(src io.Reader) (int64, error) {
	w.putBack()
	return io.Copy(w.ResponseWriter, src)
}

// FlushError and Flush send the header, so the prefix must be back by then.
func (w *prefixWriter) FlushError() error {
	w.putBack()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *prefixWriter) Flush() { _ = w.FlushError() }

// Hijack is for code that asks for an [http.Hijacker] by type.
func (w *prefixWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// putBack may run many times: a location that has the prefix is left alone.
func (w *prefixWriter) putBack() {
	header := w.Header()
	if location := header.Get("Location"); location != "" {
		header.Set("Location", w.outside(location))
	}
	for i, cookie := range header["Set-Cookie"] {
		header["Set-Cookie"][i] = w.confine(cookie)
	}
}

// confine keeps a cookie to the tenant's part of the host: with Path=/ browsers
// would send it to the neighbours too.
func (w *prefixWriter) confine(cookie string) string {
	attributes := strings.Split(cookie, ";")
	for i, a := range attributes[1:] {
		name, path, _ := strings.Cut(strings.TrimSpace(a), "=")
		if strings.EqualFold(name, "Path") && strings.HasPrefix(path, "/") && !w.has(path) {
			attributes[i+1] = " Path=" + w.prefix + path
		}
	}
	return strings.Join(attributes, ";")
}

// outside returns location as the client has to see it. Relative ones are right
// already, those to other hosts are not ours.
func (w *prefixWriter) outside(location string) string {
	u, err := url.Parse(location)
	if err != nil || w.has(u.Path) {
		return location
	}
	switch {
	case u.Host != "" && strings.EqualFold(u.Host, w.host):
		at := pathStart(location)
		return location[:at] + w.prefix + rooted(location[at:])
	case u.Host == "" && u.Scheme == "" && strings.HasPrefix(location, "/"):
		return w.prefix + location
	}
	return location
}

func (w *prefixWriter) has(path string) bool {
	rest, ok := strings.CutPrefix(path, w.prefix)
	return ok && (rest == "" || rest[0] == '/')
}

// pathStart returns where the path of an absolute or //host location begins.
func pathStart(location string) int {
	host := strings.Index(location, "//") + len("//")
	if i := strings.IndexAny(location[host:], "/?#"); i >= 0 {
		return host + i
	}
	return len(location)
}
