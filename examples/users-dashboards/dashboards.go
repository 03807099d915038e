package main

import (
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/jackc/pgx/v5"
)

type dashboard struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
}

// listDashboards names no tenant: the request's context does.
func (s *site) listDashboards(w http.ResponseWriter, r *http.Request) {
	rows, err := s.db.Query(r.Context(), `SELECT id, title FROM dashboards ORDER BY id`)
	if err != nil {
		fail(w, err)
		return
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[dashboard])
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, all)
}

func (s *site) createDashboard(w http.ResponseWriter, r *http.Request) {
	d := dashboard{Title: r.PostFormValue("title")}
	err := s.db.QueryRow(r.Context(), `INSERT INTO dashboards (title) VALUES ($1) RETURNING id`, d.Title).Scan(&d.ID)
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusCreated, d)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func fail(w http.ResponseWriter, err error) {
	status := statusOf(err)
	message := err.Error()
	if status == http.StatusInternalServerError {
		slog.Error("request failed", "error", err)
		message = http.StatusText(status)
	}
	answer(w, status, map[string]string{"error": message})
}
