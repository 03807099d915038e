package isolationtest

import (
	"cmp"
	"database/sql"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
	"github.com/rowhouse-go/rowhouse/tenantsql"
)

// DoorNames returns the names of [PostgresStreet.Doors], sorted.
func DoorNames() []string {
	names := []string{"pgx batch", "sql", "sql prepared"}
	for _, mode := range modes() {
		names = append(names, "pgx "+mode.String())
	}
	slices.Sort(names)
	return names
}

// modes are the statement modes of pgx.
func modes() []pgx.QueryExecMode {
	return []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec,
		pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	}
}

// Doors returns both doors of this module in each of their modes, by name.
func (s *PostgresStreet) Doors() map[string]Opener {
	doors := map[string]Opener{
		"pgx batch":    s.opener(func(_ T, db *tenantpgx.DB) Door { return Batches(db) }),
		"sql":          s.opener(func(t T, db *tenantpgx.DB) Door { return SQL(openSQL(t, db)) }),
		"sql prepared": s.opener(func(t T, db *tenantpgx.DB) Door { return SQLStatements(openSQL(t, db)) }),
	}
	for _, mode := range modes() {
		doors["pgx "+mode.String()] = s.opener(func(_ T, db *tenantpgx.DB) Door { return PGX(db, mode) })
	}
	return doors
}

func openSQL(t T, db *tenantpgx.DB) *sql.DB {
	opened := tenantsql.Open(db)
	t.Cleanup(func() { _ = opened.Close() })
	return opened
}

// opener opens the pgx door over a pool of its own and adapts it.
func (s *PostgresStreet) opener(adapt func(T, *tenantpgx.DB) Door) Opener {
	return func(t T, conns int) (Door, Connections) {
		t.Helper()
		set := s.pools(t, conns)
		db := tenantpgx.New(tenantpgx.Config{
			Directory: s.known, Pools: s.lend(set), Levels: isolation.LevelsOf(s.door), Names: s.c.Names, Main: server,
		})
		return adapt(t, db), allPools{set}
	}
}

// pools are few, so that those of databases make room for each other.
func (s *PostgresStreet) pools(t T, conns int) *pools.Set {
	direct := cmp.Or(s.c.AppURL, s.c.URL)
	config := pools.Server{
		URL: direct, MaxConns: int32(conns), Databases: 4, DatabaseConns: int32(conns), DatabaseWait: 20 * time.Millisecond,
	}
	if s.c.PoolerURL != "" {
		config.URL, config.Pooler, config.DirectURL = s.c.PoolerURL, "transaction", direct
	}
	set := pools.New(map[string]pools.Server{server: config})
	set.Elsewhere = s.servers.elsewhere(conns)
	t.Cleanup(func() { closePool(t, set) })
	return set
}

// Through returns the street with doors that borrow connections in another way: how a
// saboteur gets at them.
func (s *PostgresStreet) Through(wrap func(tenantpgx.Pools) tenantpgx.Pools) *PostgresStreet {
	other := *s
	other.lend = wrap
	return &other
}

// With returns the street with doors that enter by another level: how a saboteur
// gets in. Tenants are made and changed by the first one as before.
func (s *PostgresStreet) With(door isolation.Level) *PostgresStreet {
	other := *s
	other.door = door
	return &other
}
