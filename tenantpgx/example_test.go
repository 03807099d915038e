package tenantpgx_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// The context says whose polls these are; the SQL does not.
func ExampleDB() {
	list := func(ctx context.Context, db *tenantpgx.DB) ([]string, error) {
		rows, err := db.Query(ctx, "SELECT question FROM polls ORDER BY id")
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, pgx.RowTo[string])
	}
	_ = list
}

// pgx's own helpers work on the door.
func ExampleDB_Begin() {
	vote := func(ctx context.Context, db *tenantpgx.DB, poll, choice, voter int) error {
		return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SELECT FROM polls WHERE id = $1 FOR UPDATE", poll); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "INSERT INTO votes (poll_id, choice_id, voted_by) VALUES ($1, $2, $3)", poll, choice, voter)
			return err
		})
	}
	_ = vote
}

// One transaction over two tenants of one database is spelled out.
func ExampleDB_Across() {
	transfer := func(ctx context.Context, db *tenantpgx.DB, from, to *tenant.Tenant, poll int) error {
		return db.Across(ctx, []*tenant.Tenant{from, to}, func(tx *tenantpgx.AcrossTx) error {
			var question string
			err := tx.In(from).QueryRow(ctx, "DELETE FROM polls WHERE id = $1 RETURNING question", poll).Scan(&question)
			if err != nil {
				return err
			}
			_, err = tx.In(to).Exec(ctx, "INSERT INTO polls (question) VALUES ($1)", question)
			return err
		})
	}
	_ = transfer
}

// What could leave the tenant is refused before anything is sent.
func ExampleErrRefused() {
	run := func(ctx context.Context, db *tenantpgx.DB, sql string) {
		if _, err := db.Exec(ctx, sql); errors.Is(err, tenantpgx.ErrRefused) {
			fmt.Println("the message says what to do instead:", err)
		}
	}
	_ = run
}
