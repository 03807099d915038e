// Package app is polls: ask a question, offer choices, count the votes. It is a
// JSON API, a few pages for people and a staff area, all over one [*sql.DB].
package app

import (
	"database/sql"
	"net/http"
	"strings"
)

type app struct {
	db        *sql.DB
	passwords *hasher
	pages     pages
}

// New returns polls on the tables that db reaches.
func New(db *sql.DB) http.Handler {
	a := &app{db: db, passwords: newHasher(hashesAtOnce), pages: parsePages()}
	mux := http.NewServeMux()
	a.routeAPI(mux)
	// A page acts for whoever has its cookie, so it listens to no other site.
	guarded := http.NewCrossOriginProtection().Handler(a.pageMux())
	mux.Handle("/", withPageHeaders(guarded))
	return mux
}

func (a *app) routeAPI(mux *http.ServeMux) {
	api := func(pattern string, h apiFunc) {
		// Clients that leave out the last slash mean the same.
		mux.Handle(strings.TrimSuffix(pattern, "/"), h)
		mux.Handle(pattern+"{$}", h)
	}
	api("POST /users/", a.createUser)
	api("POST /login/", a.login)
	api("GET /plans/", a.listPlans)
	api("GET /polls/", a.listPolls)
	api("POST /polls/", a.createPoll)
	api("GET /polls/{id}/", a.showPoll)
	api("DELETE /polls/{id}/", a.deletePoll)
	api("GET /polls/{id}/choices/", a.listChoices)
	api("POST /polls/{id}/choices/", a.createChoice)
	api("POST /polls/{id}/choices/{choice}/vote/", a.createVote)
	mux.Handle("/polls/", apiFunc(nothing))
}

func nothing(http.ResponseWriter, *http.Request) error { return errNotFound }

func (a *app) pageMux() *http.ServeMux {
	mux := http.NewServeMux()
	a.routePolls(mux)
	a.routeAccounts(mux)
	a.routeStaff(mux)
	mux.Handle("GET /static/style.css", styleSheet())
	mux.Handle("GET /static/brand.css", http.HandlerFunc(brandSheet))
	mux.Handle("/", a.page(nothing))
	return mux
}
