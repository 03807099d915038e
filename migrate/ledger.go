package migrate

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqlstep"
)

//go:embed steps/*.sql
var stepFiles embed.FS

// Beginner starts transactions: a *pgx.Conn, a *pgxpool.Pool or a pgx.Tx.
type Beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// InstallLedger makes the ledger in a database, or brings it up to date. It may be
// called again, and by many at once.
func InstallLedger(ctx context.Context, db Beginner) error {
	steps, err := sqlstep.Files(stepFiles, "steps")
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		_, err := sqlstep.Apply(ctx, sqlstep.Postgres(tx), "ledger", steps)
		return err
	})
	if err != nil {
		return fmt.Errorf("migrate: install the ledger: %w", err)
	}
	return nil
}

// The SQLSTATEs that rowhouse.ledger_begin raises.
const (
	stateMovedOn = "RH001"
	stateBusy    = "RH002"
)

// noLedger reports whether the database has no ledger yet.
func noLedger(err error) bool {
	s := sqlState(err)
	return s == "42P01" || s == "3F000" // undefined table, undefined schema
}

func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// beginLedger is the guard in front of every change: nobody else is at this
// target, and it has as many entries as the plan was made from.
func beginLedger(t *target, applied int) string {
	return fmt.Sprintf("SELECT rowhouse.ledger_begin(%s, %d, %d)", ident.Literal(t.key), applied, t.lock)
}

// addToLedger writes the entries of migrations that ran in this transaction.
func addToLedger(t *target, ms []*Migration) string {
	rows := make([]string, len(ms))
	for i, m := range ms {
		rows[i] = fmt.Sprintf("(%s, %d, %s, %s, %s)", ident.Literal(t.key), m.Version,
			ident.Literal(m.Name), ident.Literal(m.Checksum), sinceMessage)
	}
	return "INSERT INTO rowhouse.ledger (target, version, name, checksum, duration_ms) VALUES " + strings.Join(rows, ", ")
}

// sinceMessage is the time since the transaction began, in milliseconds.
const sinceMessage = "least(extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000, 2147483647)::integer"

func removeFromLedger(t *target, m *Migration) string {
	return "DELETE FROM rowhouse.ledger WHERE target = " + ident.Literal(t.key) + " AND version = " + strconv.FormatInt(m.Version, 10)
}
