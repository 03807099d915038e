package app

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed samples/*.json
var sampleFiles embed.FS

// Sample is a customer to try polls with.
type Sample struct {
	Name     string            `json:"name"`
	Settings map[string]string `json:"settings"` // color, accent, logo
	Users    []SampleUser      `json:"users"`    // the first one is staff
	Polls    []SamplePoll      `json:"polls"`
}

// SampleUser is a user of a [Sample].
type SampleUser struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// SamplePoll is a poll of a [Sample]. Votes lists who voted for each choice.
type SamplePoll struct {
	Question string     `json:"question"`
	By       string     `json:"by"`
	Choices  []string   `json:"choices"`
	Votes    [][]string `json:"votes"`
}

// LoadSample returns the sample of that name: thor or potter.
func LoadSample(name string) (s Sample, err error) {
	text, err := sampleFiles.ReadFile("samples/" + name + ".json")
	if err != nil {
		return s, fmt.Errorf("sample %q: there are thor and potter: %w", name, err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("sample %q: %w", name, err)
	}
	return s, nil
}

// Seed writes a sample's users, polls and votes, all or nothing. Where they are
// already it changes nothing.
func Seed(ctx context.Context, db *sql.DB, name string) error {
	s, err := LoadSample(name)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("seed %s: %w", name, err)
	}
	defer func() { _ = tx.Rollback() }()
	if seeded, err := hasUser(ctx, tx, s.Users[0].Username); err != nil || seeded {
		return err
	}
	if err := s.insert(ctx, tx); err != nil {
		return fmt.Errorf("seed %s: %w", name, err)
	}
	return tx.Commit()
}

func hasUser(ctx context.Context, db querier, name string) (has bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM users WHERE username = $1`, name).Scan(&has)
	return has, err
}

func (s Sample) insert(ctx context.Context, db querier) error {
	hashes, ids := newHasher(1), map[string]int64{}
	for i, in := range s.Users {
		u, err := insertUser(ctx, db, hashes, account{Username: in.Username, Password: in.Password}, i == 0)
		if err != nil {
			return err
		}
		ids[in.Username] = u.ID
	}
	for _, p := range s.Polls {
		if err := p.insert(ctx, db, ids); err != nil {
			return err
		}
	}
	return nil
}

func (p SamplePoll) insert(ctx context.Context, db querier, ids map[string]int64) error {
	made, err := insertPoll(ctx, db, p.Question, ids[p.By])
	if err != nil {
		return err
	}
	for i, text := range p.Choices {
		c, err := insertChoice(ctx, db, made.ID, text)
		if err != nil {
			return err
		}
		for _, name := range p.Votes[i] {
			if _, err := insertVote(ctx, db, made.ID, c.ID, ids[name]); err != nil {
				return err
			}
		}
	}
	return nil
}
