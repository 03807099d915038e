package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse"
)

// oldest is the first server version that has what the registry is made of.
const oldest = 130000

func (e *exam) version(ctx context.Context) error {
	var number int
	var name string
	err := e.conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int, current_setting('server_version')").Scan(&number, &name)
	if err == nil && number < oldest {
		e.found(Problem, "version", "server main", "upgrade it to PostgreSQL 13 or newer", "PostgreSQL %s is too old", name)
	}
	return err
}

// settings finds what makes the server read SQL in another way than we do.
func (e *exam) settings(ctx context.Context) error {
	var strings string
	err := e.conn.QueryRow(ctx, "SELECT current_setting('standard_conforming_strings')").Scan(&strings)
	if err == nil && strings != "on" {
		e.found(Warning, "settings", "server main", "take it away: ALTER DATABASE … RESET standard_conforming_strings, or the role's, or the server's",
			"standard_conforming_strings is off: a backslash ends quotes in one session and not in the next")
	}
	return err
}

// poolers looks for a pooler that the configuration does not know of. Behind one in
// transaction mode sessions are shared: LISTEN, migrations and exec would go wrong.
func (e *exam) poolers(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(e.config.Servers)) {
		server := e.config.Servers[name]
		object := "server " + name
		if server.Pooler != "" && server.DirectURL == "" {
			e.found(Warning, "pooler", object, fmt.Sprintf("set servers.%s.direct_url in the configuration", name),
				"it is behind a pooler and has no direct_url: migrations, exec and psql are refused")
		}
		mode, err := probe(ctx, server)
		if err != nil {
			return fmt.Errorf("%s: %w", object, err)
		}
		remedy := fmt.Sprintf("set servers.%s.pooler to transaction and direct_url to the server's own URL", name)
		switch {
		case server.Pooler != "" || mode == none:
		case mode == transaction:
			e.found(Problem, "pooler", object, remedy, "a pooler in transaction mode is in front of it, and the configuration does not say so")
		default:
			e.found(Note, "pooler", object, remedy+", if it is in transaction mode", "a pooler is in front of it")
		}
	}
	return nil
}

// pooling is what stands between us and a server.
type pooling int

const (
	none pooling = iota
	unknown
	transaction
)

// probe tells a pooler by the process number: a server sends its own at the start of
// a session, a pooler makes one up. Where two sessions that are open at once get the
// same process, the pooler gives processes out by transaction.
func probe(ctx context.Context, server rowhouse.Server) (pooling, error) {
	first, err := connect(ctx, server.URL)
	if err != nil {
		return none, err
	}
	defer hangUp(first)
	one, err := backend(ctx, first)
	if err != nil || one == first.PgConn().PID() {
		return none, err
	}
	second, err := connect(ctx, server.URL)
	if err != nil {
		return none, err
	}
	defer hangUp(second)
	other, err := backend(ctx, second)
	if one == other {
		return transaction, err
	}
	return unknown, err
}

func backend(ctx context.Context, conn *pgx.Conn) (pid uint32, err error) {
	var n int64
	err = conn.QueryRow(ctx, "SELECT pg_backend_pid()::bigint", pgx.QueryExecModeExec).Scan(&n)
	return uint32(n), err
}

const idleSessions = `SELECT pid, coalesce(usename::text, ''), extract(epoch FROM now() - xact_start)::bigint / 60
FROM pg_stat_activity
WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND xact_start < now() - $1::interval`

// sessions finds transactions that were left open: they hold locks of their tenant,
// which migrations and deletions then wait for.
func (e *exam) sessions(ctx context.Context) error {
	rows, _ := e.conn.Query(ctx, idleSessions, e.patience)
	var pid, minutes int64
	var user string
	_, err := pgx.ForEachRow(rows, []any{&pid, &user, &minutes}, func() error {
		e.found(Warning, "locks", fmt.Sprintf("process %d", pid),
			fmt.Sprintf("end it with SELECT pg_terminate_backend(%d), and set idle_in_transaction_session_timeout", pid),
			"a transaction of %s is open and idle for %d minutes", user, minutes)
		return nil
	})
	return err
}
