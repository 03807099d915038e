package app

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

const (
	pageSize    = 100
	pageSizeMax = 1000
	questionMax = 200
)

type poll struct {
	ID        int64     `json:"id"`
	Question  string    `json:"question"`
	CreatedBy int64     `json:"created_by"`
	PubDate   time.Time `json:"pub_date"`
	Choices   []choice  `json:"choices"`
}

// listPolls answers with the first polls by id; ?after=ID gives the next ones.
func (a *app) listPolls(w http.ResponseWriter, r *http.Request) error {
	if err := a.reader(r); err != nil {
		return err
	}
	after, _ := strconv.ParseInt(r.FormValue("after"), 10, 64)
	limit, err := strconv.Atoi(r.FormValue("limit"))
	if err != nil || limit < 1 {
		limit = pageSize
	}
	polls, err := selectPolls(r.Context(), a.db,
		`WHERE id > $1 ORDER BY id LIMIT $2`, after, min(limit, pageSizeMax))
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, polls)
}

func (a *app) createPoll(w http.ResponseWriter, r *http.Request) error {
	u, err := a.caller(r)
	if err != nil {
		return err
	}
	var in poll
	if err := decode(r, &in); err != nil {
		return err
	}
	p, err := insertPoll(r.Context(), a.db, in.Question, u.ID)
	if err != nil {
		return err
	}
	return respond(w, http.StatusCreated, p)
}

func (a *app) showPoll(w http.ResponseWriter, r *http.Request) error {
	if err := a.reader(r); err != nil {
		return err
	}
	p, err := a.pathPoll(r)
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, p)
}

func (a *app) deletePoll(w http.ResponseWriter, r *http.Request) error {
	p, _, err := a.ownPoll(r, a.caller)
	if err != nil {
		return err
	}
	if err := removePoll(r.Context(), a.db, p.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// pathPoll is the poll that the path names, or errNotFound.
func (a *app) pathPoll(r *http.Request) (poll, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return poll{}, err
	}
	return findPoll(r.Context(), a.db, id)
}

// ownPoll is the poll that the path names, if it is the user's own.
func (a *app) ownPoll(r *http.Request, who func(*http.Request) (user, error)) (poll, user, error) {
	u, err := who(r)
	if err != nil {
		return poll{}, u, err
	}
	p, err := a.pathPoll(r)
	if err == nil && p.CreatedBy != u.ID {
		err = errForbidden
	}
	return p, u, err
}

func findPoll(ctx context.Context, db querier, id int64) (poll, error) {
	polls, err := selectPolls(ctx, db, `WHERE id = $1`, id)
	if err != nil {
		return poll{}, err
	}
	if len(polls) == 0 {
		return poll{}, errNotFound
	}
	return polls[0], nil
}

func insertPoll(ctx context.Context, db querier, question string, by int64) (poll, error) {
	question, err := line("question", question, questionMax)
	if err != nil {
		return poll{}, err
	}
	p := poll{Question: question, CreatedBy: by, Choices: []choice{}}
	err = db.QueryRowContext(ctx,
		`INSERT INTO polls (question, created_by) VALUES ($1, $2) RETURNING id, pub_date`, question, by).
		Scan(&p.ID, &p.PubDate)
	return p, err
}

func removePoll(ctx context.Context, db querier, id int64) error {
	_, err := db.ExecContext(ctx, `DELETE FROM polls WHERE id = $1`, id)
	return err
}
