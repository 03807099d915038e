package app

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"path"
	"strings"
)

//go:embed templates static
var assets embed.FS

type pages map[string]*template.Template

// parsePages sets each page into the layout. The templates are part of the
// program: one that does not parse ends it.
func parsePages() pages {
	all := pages{}
	layout := template.Must(template.ParseFS(assets, "templates/layout.html"))
	names, err := assets.ReadDir("templates")
	if err != nil {
		panic(err)
	}
	for _, n := range names {
		page := template.Must(layout.Clone())
		all[n.Name()] = template.Must(page.ParseFS(assets, path.Join("templates", n.Name())))
	}
	return all
}

// view is what every page shows: the site's colours, who is signed in, the content.
type view struct {
	Root  string // the way back to /, so that pages work below any prefix
	Brand brand
	User  *user
	Error string
	Data  any
}

type pageFunc func(w http.ResponseWriter, r *http.Request) error

// page makes a handler whose error becomes a page, and whose "sign in first"
// becomes the form to do so.
func (a *app) page(h pageFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
		err := h(w, r)
		if err == nil {
			return
		}
		p := problemOf(err)
		report(r, p, err)
		if p == errSignIn {
			http.Redirect(w, r, signInPath(r), http.StatusSeeOther)
			return
		}
		_ = a.render(w, r, p.status, "error.html", p.message, nil)
	})
}

func (a *app) show(w http.ResponseWriter, r *http.Request, name string, data any) error {
	return a.render(w, r, http.StatusOK, name, "", data)
}

// showAgain shows a form with what was wrong with it. Other errors stay errors.
func (a *app) showAgain(w http.ResponseWriter, r *http.Request, name string, data any, err error) error {
	p := problemOf(err)
	if p.status != http.StatusBadRequest && p.status != http.StatusConflict {
		return err
	}
	return a.render(w, r, p.status, name, p.message, data)
}

func (a *app) render(w http.ResponseWriter, r *http.Request, status int, name, problem string, data any) error {
	v := view{Root: root(r), Brand: brandOf(r.Context()), Error: problem, Data: data}
	if u, err := a.visitor(r); err == nil {
		v.User = &u
	}
	var page bytes.Buffer
	if err := a.pages[name].ExecuteTemplate(&page, "layout.html", v); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := page.WriteTo(w)
	return err
}

func root(r *http.Request) string {
	return "./" + strings.Repeat("../", strings.Count(r.URL.Path, "/")-1)
}

// withPageHeaders lets pages load nothing but this site's own styles and logos.
func withPageHeaders(next http.Handler) http.Handler {
	const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; " +
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "private, no-cache")
		next.ServeHTTP(w, r)
	})
}

func styleSheet() http.Handler { return http.FileServerFS(assets) }
