package app

import (
	"context"
	"database/sql"
)

// selectPolls reads polls with their choices and votes in one statement. The
// clause picks and orders the polls.
func selectPolls(ctx context.Context, db querier, clause string, args ...any) ([]poll, error) {
	rows, err := db.QueryContext(ctx, `
		SELECT p.id, p.question, p.created_by, p.pub_date, c.id, c.choice_text, v.id, v.voted_by
		FROM (SELECT id, question, created_by, pub_date FROM polls `+clause+`) p
		LEFT JOIN choices c ON c.poll_id = p.id
		LEFT JOIN votes v ON v.choice_id = c.id
		ORDER BY p.id, c.id, v.id`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	polls := []poll{}
	for rows.Next() {
		if polls, err = scanPoll(rows, polls); err != nil {
			return nil, err
		}
	}
	return polls, rows.Err()
}

// scanPoll adds one row of the join to what the rows before it made.
func scanPoll(rows *sql.Rows, polls []poll) ([]poll, error) {
	var p poll
	var choiceID, voteID, voter sql.NullInt64
	var text sql.NullString
	err := rows.Scan(&p.ID, &p.Question, &p.CreatedBy, &p.PubDate, &choiceID, &text, &voteID, &voter)
	if err != nil {
		return nil, err
	}
	if n := len(polls); n == 0 || polls[n-1].ID != p.ID {
		p.Choices = []choice{}
		polls = append(polls, p)
	}
	last := &polls[len(polls)-1]
	if choiceID.Valid {
		last.add(choice{ID: choiceID.Int64, Poll: p.ID, Text: text.String, Votes: []vote{}})
	}
	if voteID.Valid {
		last.count(vote{ID: voteID.Int64, Choice: choiceID.Int64, Poll: p.ID, VotedBy: voter.Int64})
	}
	return polls, nil
}

// add appends a choice that the rows before did not have.
func (p *poll) add(c choice) {
	if n := len(p.Choices); n == 0 || p.Choices[n-1].ID != c.ID {
		p.Choices = append(p.Choices, c)
	}
}

// count gives a vote to the newest choice.
func (p *poll) count(v vote) {
	c := &p.Choices[len(p.Choices)-1]
	c.Votes = append(c.Votes, v)
}
