package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"time"
)

const tokenLife = 30 * 24 * time.Hour

func (a *app) login(w http.ResponseWriter, r *http.Request) error {
	var in account
	if err := decode(r, &in); err != nil {
		return err
	}
	u, err := a.authenticate(r.Context(), in.Username, in.Password)
	if err != nil {
		return err
	}
	token, err := issueToken(r.Context(), a.db, u.ID)
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, map[string]string{"token": token})
}

// authenticate finds the user whose name and password these are, or errCredentials.
func (a *app) authenticate(ctx context.Context, name, secret string) (u user, err error) {
	name, nameErr := username(name)
	secret, secretErr := password(secret)
	if nameErr != nil || secretErr != nil {
		return u, errCredentials
	}
	var stored string
	err = a.db.QueryRowContext(ctx,
		`SELECT id, username, email, is_staff, password FROM users WHERE username = $1`, name).
		Scan(&u.ID, &u.Username, &u.Email, &u.Staff, &stored)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return u, err
	}
	ok, err := a.passwords.verify(ctx, stored, secret)
	if err == nil && !ok {
		err = errCredentials
	}
	return u, err
}

func issueToken(ctx context.Context, db querier, userID int64) (string, error) {
	token := rand.Text() + rand.Text() // 256 random bits
	_, err := db.ExecContext(ctx, `INSERT INTO tokens (hash, user_id) VALUES ($1, $2)`, tokenHash(token), userID)
	return token, err
}

func (a *app) revokeToken(ctx context.Context, token string) error {
	_, err := a.db.ExecContext(ctx, `DELETE FROM tokens WHERE hash = $1`, tokenHash(token))
	return err
}

// userByToken finds a token's user, or errSignIn.
func (a *app) userByToken(ctx context.Context, token string) (u user, err error) {
	err = a.db.QueryRowContext(ctx,
		`SELECT u.id, u.username, u.email, u.is_staff
		 FROM tokens t JOIN users u ON u.id = t.user_id
		 WHERE t.hash = $1 AND t.created_at > $2`, tokenHash(token), time.Now().Add(-tokenLife)).
		Scan(&u.ID, &u.Username, &u.Email, &u.Staff)
	if errors.Is(err, sql.ErrNoRows) {
		return u, errSignIn
	}
	return u, err
}

// tokenHash needs no salt: a token is random already.
func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// caller is the user whose token the request carries, or errSignIn.
func (a *app) caller(r *http.Request) (user, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Token") && !strings.EqualFold(scheme, "Bearer") {
		return user{}, errSignIn
	}
	return a.userByToken(r.Context(), strings.TrimSpace(token))
}

// reader lets everybody read, but refuses a token that is not valid here.
func (a *app) reader(r *http.Request) error {
	if r.Header.Get("Authorization") == "" {
		return nil
	}
	_, err := a.caller(r)
	return err
}
