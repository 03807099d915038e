package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func (s *site) signUp(w http.ResponseWriter, r *http.Request) {
	username := r.PostFormValue("username")
	t, err := s.createUser(r.Context(), username)
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusCreated, map[string]string{"username": username, "tenant": t.ID.String()})
}

// createUser makes the user and the user's tenant, or neither.
func (s *site) createUser(ctx context.Context, username string) (t *tenant.Tenant, err error) {
	err = pgx.BeginFunc(ctx, s.house.Shared(), func(tx pgx.Tx) error {
		t, err = s.house.Lifecycle().CreateTx(ctx, tx, lifecycle.New{Slug: username})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO users (username, tenant_id) VALUES ($1, $2)`, username, t.ID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sign up %q: %w", username, err)
	}
	return t, nil
}

func (s *site) listUsers(w http.ResponseWriter, r *http.Request) {
	rows, err := s.house.Shared().Query(r.Context(), `SELECT username FROM users ORDER BY id`)
	if err != nil {
		fail(w, err)
		return
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, names)
}

// statusOf says whose fault an error is.
func statusOf(err error) int {
	if _, invalid := errors.AsType[*tenant.InvalidError](err); invalid {
		return http.StatusBadRequest
	}
	if errors.Is(err, tenant.ErrExists) {
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}
