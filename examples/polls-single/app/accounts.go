package app

import (
	"net/http"
	"strconv"
)

func (a *app) routeAccounts(mux *http.ServeMux) {
	mux.Handle("GET /sign-in", a.page(a.signInForm))
	mux.Handle("POST /sign-in", a.page(a.signInPost))
	mux.Handle("GET /sign-up", a.page(a.signUpForm))
	mux.Handle("POST /sign-up", a.page(a.signUpPost))
	mux.Handle("POST /sign-out", a.page(a.signOut))
}

// accountForm is a sign-in or sign-up form. Poll is where to go afterwards.
type accountForm struct {
	Username, Email, Poll string
	password              string
}

func readAccountForm(r *http.Request) accountForm {
	return accountForm{
		Username: r.FormValue("username"), Email: r.FormValue("email"),
		Poll: r.FormValue("poll"), password: r.PostFormValue("password"),
	}
}

func (a *app) signInForm(w http.ResponseWriter, r *http.Request) error {
	return a.show(w, r, "sign-in.html", readAccountForm(r))
}

func (a *app) signInPost(w http.ResponseWriter, r *http.Request) error {
	f := readAccountForm(r)
	u, err := a.authenticate(r.Context(), f.Username, f.password)
	if err != nil {
		return a.showAgain(w, r, "sign-in.html", f, err)
	}
	return a.enter(w, r, u, f)
}

func (a *app) signUpForm(w http.ResponseWriter, r *http.Request) error {
	return a.show(w, r, "sign-up.html", readAccountForm(r))
}

func (a *app) signUpPost(w http.ResponseWriter, r *http.Request) error {
	f := readAccountForm(r)
	u, err := insertUser(r.Context(), a.db, a.passwords, account{f.Username, f.Email, f.password}, false)
	if err != nil {
		return a.showAgain(w, r, "sign-up.html", f, err)
	}
	return a.enter(w, r, u, f)
}

// enter signs in and goes on to the poll that the visitor came from.
func (a *app) enter(w http.ResponseWriter, r *http.Request, u user, f accountForm) error {
	if err := a.signIn(w, r, u); err != nil {
		return err
	}
	target := "/"
	if id, err := strconv.ParseInt(f.Poll, 10, 64); err == nil {
		target = pollPath(id)
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}
