package app

import (
	"context"
	"net/http"
)

// plan is what a customer can subscribe to.
type plan struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	MaxPolls *int   `json:"max_polls"` // nil: no limit
}

func (a *app) listPlans(w http.ResponseWriter, r *http.Request) error {
	plans, err := selectPlans(r.Context(), a.db)
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, plans)
}

func selectPlans(ctx context.Context, db querier) ([]plan, error) {
	rows, err := db.QueryContext(ctx, `SELECT code, name, max_polls FROM plans ORDER BY max_polls, code`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	plans := []plan{}
	for rows.Next() {
		var p plan
		if err := rows.Scan(&p.Code, &p.Name, &p.MaxPolls); err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	return plans, rows.Err()
}
