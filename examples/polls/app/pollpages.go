package app

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
)

const pollsOnPage = 20

func (a *app) routePolls(mux *http.ServeMux) {
	mux.Handle("GET /{$}", a.page(a.indexPage))
	mux.Handle("GET /p/new", a.page(a.newPollForm))
	mux.Handle("POST /p/new", a.page(a.newPollPost))
	mux.Handle("GET /p/{id}", a.page(a.pollPage))
	mux.Handle("POST /p/{id}/vote", a.page(a.votePost))
	mux.Handle("POST /p/{id}/choices", a.page(a.choicePost))
	mux.Handle("POST /p/{id}/delete", a.page(a.deletePost))
}

func pollPath(id int64) string { return fmt.Sprintf("/p/%d", id) }

// pollList is a page of polls, newest first. Older is the id to go on from, or 0.
type pollList struct {
	Polls []poll
	Older int64
}

func (a *app) pollList(r *http.Request) (l pollList, err error) {
	before, err := strconv.ParseInt(r.FormValue("before"), 10, 64)
	if err != nil {
		before = math.MaxInt64
	}
	l.Polls, err = selectPolls(r.Context(), a.db,
		`WHERE id < $1 ORDER BY id DESC LIMIT $2`, before, pollsOnPage+1)
	if len(l.Polls) > pollsOnPage { // one more than fits: there are older ones
		l.Polls = l.Polls[1:]
		l.Older = l.Polls[0].ID
	}
	slices.Reverse(l.Polls)
	return l, err
}

func (a *app) indexPage(w http.ResponseWriter, r *http.Request) error {
	l, err := a.pollList(r)
	if err != nil {
		return err
	}
	return a.show(w, r, "index.html", l)
}

// pollView is one poll as its visitor sees it.
type pollView struct {
	poll
	Voted, Mine bool
}

func (a *app) pollPage(w http.ResponseWriter, r *http.Request) error {
	p, err := a.pathPoll(r)
	if err != nil {
		return err
	}
	v := pollView{poll: p}
	if u, err := a.visitor(r); err == nil {
		v.Voted, v.Mine = p.votedBy(u.ID), p.CreatedBy == u.ID
	}
	return a.show(w, r, "poll.html", v)
}

func (a *app) votePost(w http.ResponseWriter, r *http.Request) error {
	u, err := a.visitor(r)
	if err != nil {
		return err
	}
	p, err := a.pathPoll(r)
	if err != nil {
		return err
	}
	choiceID, err := strconv.ParseInt(r.PostFormValue("choice"), 10, 64)
	if err != nil {
		err = invalid("pick one of the choices")
	} else {
		_, err = insertVote(r.Context(), a.db, p.ID, choiceID, u.ID)
	}
	if err != nil {
		return a.showAgain(w, r, "poll.html", pollView{p, p.votedBy(u.ID), p.CreatedBy == u.ID}, err)
	}
	http.Redirect(w, r, pollPath(p.ID), http.StatusSeeOther)
	return nil
}

func (a *app) choicePost(w http.ResponseWriter, r *http.Request) error {
	p, u, err := a.ownPoll(r, a.visitor)
	if err != nil {
		return err
	}
	if _, err := insertChoice(r.Context(), a.db, p.ID, r.PostFormValue("choice_text")); err != nil {
		return a.showAgain(w, r, "poll.html", pollView{p, p.votedBy(u.ID), true}, err)
	}
	http.Redirect(w, r, pollPath(p.ID), http.StatusSeeOther)
	return nil
}

func (a *app) deletePost(w http.ResponseWriter, r *http.Request) error {
	p, _, err := a.ownPoll(r, a.visitor)
	if err != nil {
		return err
	}
	return a.removeAndGo(w, r, p.ID, "/")
}

func (a *app) removeAndGo(w http.ResponseWriter, r *http.Request, id int64, target string) error {
	if err := removePoll(r.Context(), a.db, id); err != nil {
		return err
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

// Total counts the votes of all choices.
func (p poll) Total() (n int) {
	for _, c := range p.Choices {
		n += len(c.Votes)
	}
	return n
}

func (p poll) votedBy(userID int64) bool {
	return slices.ContainsFunc(p.Choices, func(c choice) bool {
		return slices.ContainsFunc(c.Votes, func(v vote) bool { return v.VotedBy == userID })
	})
}

// insertPollWithChoices makes all of it or nothing.
func (a *app) insertPollWithChoices(ctx context.Context, f pollForm, by int64) (poll, error) {
	tx, err := a.db.BeginTx(ctx, nil)
	if err != nil {
		return poll{}, err
	}
	defer func() { _ = tx.Rollback() }()
	p, err := insertPoll(ctx, tx, f.Question, by)
	if err != nil {
		return p, err
	}
	if err := insertChoices(ctx, tx, p.ID, f.lines()); err != nil {
		return p, err
	}
	return p, tx.Commit()
}
