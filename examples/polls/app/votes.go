package app

import (
	"context"
	"net/http"
)

type vote struct {
	ID      int64 `json:"id"`
	Choice  int64 `json:"choice"`
	Poll    int64 `json:"poll"`
	VotedBy int64 `json:"voted_by"`
}

// createVote counts for the token's user, whatever the body says.
func (a *app) createVote(w http.ResponseWriter, r *http.Request) error {
	u, err := a.caller(r)
	if err != nil {
		return err
	}
	pollID, err := pathID(r, "id")
	if err != nil {
		return err
	}
	choiceID, err := pathID(r, "choice")
	if err != nil {
		return err
	}
	v, err := insertVote(r.Context(), a.db, pollID, choiceID, u.ID)
	if err != nil {
		return err
	}
	return respond(w, http.StatusCreated, v)
}

// insertVote leaves it to the unique key to let one of two votes at once win.
func insertVote(ctx context.Context, db querier, pollID, choiceID, voter int64) (vote, error) {
	v := vote{Choice: choiceID, Poll: pollID, VotedBy: voter}
	err := db.QueryRowContext(ctx,
		`INSERT INTO votes (choice_id, poll_id, voted_by)
		 SELECT id, poll_id, $3 FROM choices WHERE id = $1 AND poll_id = $2
		 RETURNING id`, choiceID, pollID, voter).Scan(&v.ID)
	if hasCode(err, uniqueViolation) {
		return v, errVotedBefore
	}
	return v, err
}
