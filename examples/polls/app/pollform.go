package app

import (
	"context"
	"net/http"
	"strings"
)

// pollForm is what a person types to make or change a poll.
type pollForm struct {
	Question string
	Choices  string // one a line
}

func readPollForm(r *http.Request) pollForm {
	return pollForm{r.PostFormValue("question"), r.PostFormValue("choices")}
}

func (f pollForm) lines() (lines []string) {
	for l := range strings.Lines(f.Choices) {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

func (a *app) newPollForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := a.visitor(r); err != nil {
		return err
	}
	return a.show(w, r, "new.html", pollForm{})
}

func (a *app) newPollPost(w http.ResponseWriter, r *http.Request) error {
	u, err := a.visitor(r)
	if err != nil {
		return err
	}
	f := readPollForm(r)
	p, err := a.insertPollWithChoices(r.Context(), f, u.ID)
	if err != nil {
		return a.showAgain(w, r, "new.html", f, err)
	}
	http.Redirect(w, r, pollPath(p.ID), http.StatusSeeOther)
	return nil
}

func insertChoices(ctx context.Context, db querier, pollID int64, texts []string) error {
	for _, text := range texts {
		if _, err := insertChoice(ctx, db, pollID, text); err != nil {
			return err
		}
	}
	return nil
}
