package app

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
)

type user struct {
	ID       int64  `json:"id"`
	Username string `json:"username"`
	Email    string `json:"email"`
	Staff    bool   `json:"-"`
}

// account is what a person types to sign up or in.
type account struct {
	Username string `json:"username"`
	Email    string `json:"email"`
	Password string `json:"password"`
}

func (a *app) createUser(w http.ResponseWriter, r *http.Request) error {
	var in account
	if err := decode(r, &in); err != nil {
		return err
	}
	u, err := insertUser(r.Context(), a.db, a.passwords, in, false)
	if err != nil {
		return err
	}
	return respond(w, http.StatusCreated, u)
}

// CreateSuperuser adds a user who may enter the staff area.
func CreateSuperuser(ctx context.Context, db *sql.DB, name, mail, secret string) error {
	_, err := insertUser(ctx, db, newHasher(1), account{name, mail, secret}, true)
	if err != nil {
		return fmt.Errorf("create superuser %q: %w", name, err)
	}
	return nil
}

func insertUser(ctx context.Context, db querier, h *hasher, in account, staff bool) (u user, err error) {
	if in, err = in.checked(); err != nil {
		return u, err
	}
	hash, err := h.hash(ctx, in.Password)
	if err != nil {
		return u, err
	}
	u = user{Username: in.Username, Email: in.Email, Staff: staff}
	err = db.QueryRowContext(ctx,
		`INSERT INTO users (username, email, password, is_staff) VALUES ($1, $2, $3, $4) RETURNING id`,
		u.Username, u.Email, hash, staff).Scan(&u.ID)
	if hasCode(err, uniqueViolation) {
		return u, errUserTaken
	}
	return u, err
}

func (in account) checked() (_ account, err error) {
	if in.Username, err = username(in.Username); err != nil {
		return in, err
	}
	if in.Email, err = email(in.Email); err != nil {
		return in, err
	}
	in.Password, err = password(in.Password)
	return in, err
}

// querier is a database or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
