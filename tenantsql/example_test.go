package tenantsql_test

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
	"github.com/rowhouse-go/rowhouse/tenantsql"
)

// Whatever takes a *sql.DB works on the door: GORM, ent, bun, sqlx, sqlc.
func ExampleOpen() {
	street(func(door *tenantpgx.DB, thor, potter *tenant.Tenant) {
		db := tenantsql.Open(door, tenantsql.PingThrough(door.Shared()))
		defer db.Close()

		for _, t := range []*tenant.Tenant{thor, potter} {
			ctx := tenant.NewContext(context.Background(), t) // tenanthttp does this for requests
			var question string
			err := db.QueryRowContext(ctx, "SELECT question FROM polls WHERE id = $1", 1).Scan(&question)
			fmt.Println(t.Slug, question, err)
		}

		_, err := db.Query("SELECT question FROM polls") // no context, no tenant
		fmt.Println(err)
	})
	// Output:
	// thor Which hammer? <nil>
	// potter Which house? <nil>
	// no tenant in the context
}

// A statement belongs to nobody: the context of each execution says whose it is.
func ExampleOpen_prepared() {
	street(func(door *tenantpgx.DB, thor, potter *tenant.Tenant) {
		db := tenantsql.Open(door)
		defer db.Close()

		asThor := tenant.NewContext(context.Background(), thor)
		asPotter := tenant.NewContext(context.Background(), potter)
		first, _ := db.PrepareContext(asThor, "SELECT question FROM polls WHERE id = $1")
		defer first.Close()

		var question string
		_ = first.QueryRowContext(asPotter, 1).Scan(&question)
		fmt.Println(question)
	})
	// Output:
	// Which house?
}

// A transaction has one tenant. Another one's context is refused before anything is
// sent.
func ExampleOpen_transaction() {
	street(func(door *tenantpgx.DB, thor, potter *tenant.Tenant) {
		db := tenantsql.Open(door)
		defer db.Close()

		asThor := tenant.NewContext(context.Background(), thor)
		asPotter := tenant.NewContext(context.Background(), potter)
		tx, _ := db.BeginTx(asThor, &sql.TxOptions{Isolation: sql.LevelSerializable})
		defer tx.Rollback()

		_, err := tx.ExecContext(asPotter, "DELETE FROM polls")
		fmt.Println(err)
		_, err = tx.ExecContext(asThor, "UPDATE polls SET question = $1", "Which goat?")
		fmt.Println(err, tx.Commit())
	})
	// Output:
	// context names tenant potter: context and transaction name different tenants
	// <nil> <nil>
}
