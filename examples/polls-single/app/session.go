package app

import (
	"errors"
	"net/http"
	"strings"
)

const sessionCookie = "session"

// visitor is the signed-in user of a page, or errSignIn.
func (a *app) visitor(r *http.Request) (user, error) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return user{}, errSignIn
	}
	return a.userByToken(r.Context(), c.Value)
}

// staff is the signed-in user of a staff page, or errSignIn or errNotStaff.
func (a *app) staff(r *http.Request) (user, error) {
	u, err := a.visitor(r)
	if err == nil && !u.Staff {
		err = errNotStaff
	}
	return u, err
}

// signIn gives the browser a token for this host alone, out of reach of scripts.
func (a *app) signIn(w http.ResponseWriter, r *http.Request, u user) error {
	token, err := issueToken(r.Context(), a.db, u.ID)
	if err != nil {
		return err
	}
	setSession(w, r, token, int(tokenLife.Seconds()))
	return nil
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) error {
	c, err := r.Cookie(sessionCookie)
	if !errors.Is(err, http.ErrNoCookie) {
		if err := a.revokeToken(r.Context(), c.Value); err != nil {
			return err
		}
	}
	setSession(w, r, "", -1)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

func setSession(w http.ResponseWriter, r *http.Request, token string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: token, Path: "/", MaxAge: seconds,
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
}

// signInPath leads to the form that opens what the request was refused.
func signInPath(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, "/admin/") {
		return "/admin/login"
	}
	if id := r.PathValue("id"); id != "" {
		return "/sign-in?poll=" + id
	}
	return "/sign-in"
}
