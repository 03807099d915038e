package app

import (
	"context"
	"net/http"
)

const choiceMax = 100

type choice struct {
	ID    int64  `json:"id"`
	Poll  int64  `json:"poll"`
	Text  string `json:"choice_text"`
	Votes []vote `json:"votes"`
}

func (a *app) listChoices(w http.ResponseWriter, r *http.Request) error {
	if err := a.reader(r); err != nil {
		return err
	}
	p, err := a.pathPoll(r)
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, p.Choices)
}

func (a *app) createChoice(w http.ResponseWriter, r *http.Request) error {
	p, _, err := a.ownPoll(r, a.caller)
	if err != nil {
		return err
	}
	var in choice
	if err := decode(r, &in); err != nil {
		return err
	}
	c, err := insertChoice(r.Context(), a.db, p.ID, in.Text)
	if err != nil {
		return err
	}
	return respond(w, http.StatusCreated, c)
}

func insertChoice(ctx context.Context, db querier, pollID int64, text string) (choice, error) {
	text, err := line("choice_text", text, choiceMax)
	if err != nil {
		return choice{}, err
	}
	c := choice{Poll: pollID, Text: text, Votes: []vote{}}
	err = db.QueryRowContext(ctx,
		`INSERT INTO choices (poll_id, choice_text) VALUES ($1, $2) RETURNING id`, pollID, text).Scan(&c.ID)
	return c, err
}
