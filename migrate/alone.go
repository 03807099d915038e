package migrate

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// applyAlone runs the statements of a NO TRANSACTION file one by one, on a
// connection of its own that is closed afterwards: its path and locks belong to the
// session. The ledger is written last, so what breaks off begins anew.
func (r *Runner) applyAlone(ctx context.Context, t *target, count int, m *Migration, down bool) error {
	conn, err := r.connect(ctx, t.home)
	if err != nil {
		return err
	}
	defer r.close(conn)
	if err := enterSession(ctx, conn, t, count); err != nil {
		return err
	}
	part, entry := m.Up, addToLedger(t, batch{m})
	if down {
		part, entry = m.Down, removeFromLedger(t, m)
	}
	begin := time.Now()
	for _, s := range part {
		if _, err := execAll(ctx, conn.PgConn(), sqllex.Replace(s.SQL, t.schema)); err != nil {
			return &fault{m, s.Line, err}
		}
	}
	if t.check != "" {
		entry = t.check + ";\n" + entry
	}
	if _, err := execAll(ctx, conn.PgConn(), entry+withDuration(t, m, begin, down)); err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	// Closing frees the locks as well, but nobody waits for the server to notice.
	_, err = execAll(ctx, conn.PgConn(), "SELECT pg_advisory_unlock_all()")
	return err
}

// withDuration corrects the entry, which was made in a transaction of its own.
func withDuration(t *target, m *Migration, begin time.Time, down bool) string {
	if down {
		return ""
	}
	return fmt.Sprintf("; UPDATE rowhouse.ledger SET duration_ms = %d WHERE target = %s AND version = %d",
		time.Since(begin).Milliseconds(), ident.Literal(t.key), m.Version)
}

// enterSession gives a session the locks and the path that a migration's
// transaction would have. It learns the path by entering once.
func enterSession(ctx context.Context, conn *pgx.Conn, t *target, count int) error {
	if limits := t.limits.set(false); limits != "" {
		if _, err := execAll(ctx, conn.PgConn(), limits); err != nil {
			return err
		}
	}
	if err := lockSession(ctx, conn, t); err != nil {
		return err
	}
	msg := &message{}
	msg.add(beginMigration)
	msg.enter(t, count)
	// The session's value would fall back to the old one at the end of the
	// transaction, were it set in here.
	msg.add("SELECT set_config('rowhouse.path', current_setting('search_path'), false)")
	msg.add("COMMIT")
	msg.add("SELECT set_config('search_path', current_setting('rowhouse.path'), false)")
	return msg.run(ctx, conn)
}

// lockSession takes the migration's lock, or fails as rowhouse.ledger_begin does,
// and keeps whoever moves or deletes the tenant out.
func lockSession(ctx context.Context, conn *pgx.Conn, t *target) error {
	var free bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", pgx.QueryExecModeExec, t.lock).Scan(&free); err != nil {
		return err
	}
	if !free {
		return &pgconn.PgError{Code: stateBusy, Message: "another migration of " + t.label + " is running"}
	}
	if t.tenant == nil || t.pool != nil {
		return nil
	}
	_, err := conn.Exec(ctx, "SELECT pg_advisory_lock_shared($1)", pgx.QueryExecModeExec, ident.LockKey(t.tenant.ID))
	return err
}
