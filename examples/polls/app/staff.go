package app

import (
	"context"
	"net/http"
)

func (a *app) routeStaff(mux *http.ServeMux) {
	mux.Handle("GET /admin/login", a.page(a.staffLoginForm))
	mux.Handle("POST /admin/login", a.page(a.staffLoginPost))
	mux.Handle("GET /admin/{$}", a.staffPage(a.staffIndex))
	mux.Handle("GET /admin/polls/new", a.staffPage(a.staffNewForm))
	mux.Handle("POST /admin/polls/new", a.staffPage(a.staffNewPost))
	mux.Handle("GET /admin/polls/{id}", a.staffPage(a.staffEditForm))
	mux.Handle("POST /admin/polls/{id}", a.staffPage(a.staffEditPost))
	mux.Handle("GET /admin/polls/{id}/delete", a.staffPage(a.staffDeleteForm))
	mux.Handle("POST /admin/polls/{id}/delete", a.staffPage(a.staffDeletePost))
}

// staffPage opens a page to staff alone.
func (a *app) staffPage(h pageFunc) http.Handler {
	return a.page(func(w http.ResponseWriter, r *http.Request) error {
		if _, err := a.staff(r); err != nil {
			return err
		}
		return h(w, r)
	})
}

func (a *app) staffLoginForm(w http.ResponseWriter, r *http.Request) error {
	return a.show(w, r, "staff-login.html", accountForm{})
}

func (a *app) staffLoginPost(w http.ResponseWriter, r *http.Request) error {
	f := readAccountForm(r)
	u, err := a.authenticate(r.Context(), f.Username, f.password)
	if err == nil && !u.Staff {
		err = errCredentials // a guesser learns nothing about users who are not staff
	}
	if err != nil {
		return a.showAgain(w, r, "staff-login.html", f, err)
	}
	if err := a.signIn(w, r, u); err != nil {
		return err
	}
	http.Redirect(w, r, "/admin/", http.StatusSeeOther)
	return nil
}

func (a *app) staffIndex(w http.ResponseWriter, r *http.Request) error {
	l, err := a.pollList(r)
	if err != nil {
		return err
	}
	return a.show(w, r, "staff-index.html", l)
}

func (a *app) staffNewForm(w http.ResponseWriter, r *http.Request) error {
	return a.show(w, r, "staff-edit.html", staffForm{})
}

func (a *app) staffNewPost(w http.ResponseWriter, r *http.Request) error {
	u, err := a.staff(r)
	if err != nil {
		return err
	}
	f := readPollForm(r)
	if _, err := a.insertPollWithChoices(r.Context(), f, u.ID); err != nil {
		return a.showAgain(w, r, "staff-edit.html", staffForm{pollForm: f}, err)
	}
	http.Redirect(w, r, "/admin/", http.StatusSeeOther)
	return nil
}

// staffForm edits a poll; its id is 0 while it is new.
type staffForm struct {
	pollForm
	Poll poll
}

func (a *app) staffEditForm(w http.ResponseWriter, r *http.Request) error {
	p, err := a.pathPoll(r)
	if err != nil {
		return err
	}
	return a.show(w, r, "staff-edit.html", staffForm{pollForm{Question: p.Question}, p})
}

func (a *app) staffEditPost(w http.ResponseWriter, r *http.Request) error {
	p, err := a.pathPoll(r)
	if err != nil {
		return err
	}
	f := readPollForm(r)
	if err := a.updatePoll(r.Context(), p.ID, f); err != nil {
		return a.showAgain(w, r, "staff-edit.html", staffForm{f, p}, err)
	}
	http.Redirect(w, r, "/admin/", http.StatusSeeOther)
	return nil
}

// updatePoll changes the question and adds choices. The publication date stays.
func (a *app) updatePoll(ctx context.Context, id int64, f pollForm) error {
	question, err := line("question", f.Question, questionMax)
	if err != nil {
		return err
	}
	tx, err := a.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, `UPDATE polls SET question = $1 WHERE id = $2`, question, id); err != nil {
		return err
	}
	if err := insertChoices(ctx, tx, id, f.lines()); err != nil {
		return err
	}
	return tx.Commit()
}

func (a *app) staffDeleteForm(w http.ResponseWriter, r *http.Request) error {
	p, err := a.pathPoll(r)
	if err != nil {
		return err
	}
	return a.show(w, r, "staff-delete.html", p)
}

func (a *app) staffDeletePost(w http.ResponseWriter, r *http.Request) error {
	p, err := a.pathPoll(r)
	if err != nil {
		return err
	}
	return a.removeAndGo(w, r, p.ID, "/admin/")
}
