package isolationtest

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/internal/pools"
)

// Pool looks behind a door that is over a pool of pgx.
func Pool(pool *pgxpool.Pool) Connections { return poolView{pool} }

type poolView struct{ pool *pgxpool.Pool }

func (v poolView) InUse() int { return int(v.pool.Stat().AcquiredConns()) }

// allPools looks behind a door that is over the pools of a program.
type allPools struct{ set *pools.Set }

func (v allPools) InUse() (n int) {
	for _, pool := range v.set.Pools() {
		n += Pool(pool).InUse()
	}
	return n
}

func (v allPools) Leftovers(ctx context.Context) (found []string, err error) {
	for _, pool := range v.set.Pools() {
		more, err := Pool(pool).Leftovers(ctx)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// leftovers lists what outlives a transaction in a PostgreSQL session.
const leftovers = `
SELECT 'setting ' || name || '=' || setting FROM pg_settings WHERE source = 'session'
UNION ALL SELECT 'tenant ' || current_setting('rowhouse.tenant', true) WHERE current_setting('rowhouse.tenant', true) <> ''
UNION ALL SELECT 'statement ' || statement FROM pg_prepared_statements WHERE name NOT LIKE 'rowhouse\_%'
UNION ALL SELECT 'cursor ' || name FROM pg_cursors WHERE is_holdable
UNION ALL SELECT 'temporary ' || relname FROM pg_class WHERE relnamespace = pg_my_temp_schema()
UNION ALL SELECT 'listening ' || c FROM pg_listening_channels() AS c
UNION ALL SELECT 'lock ' || objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
UNION ALL SELECT 'role ' || current_user FROM (SELECT) AS one WHERE current_user <> session_user`

func (v poolView) Leftovers(ctx context.Context) ([]string, error) {
	var found []string
	for _, conn := range v.pool.AcquireAllIdle(ctx) {
		more, err := leftoversOf(ctx, conn.Conn())
		conn.Release()
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

func leftoversOf(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	if status := conn.PgConn().TxStatus(); status != 'I' {
		return []string{fmt.Sprintf("a transaction in state %c", status)}, nil
	}
	rows, err := conn.Query(ctx, leftovers, pgx.QueryExecModeExec)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
