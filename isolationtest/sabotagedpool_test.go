package isolationtest_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolationtest"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// careless keeps the pool of one database, and closes it for the next whoever uses it.
type careless struct {
	tenantpgx.Pools
	mu   sync.Mutex
	lent map[*pgx.Conn]string
}

func (c *careless) Acquire(ctx context.Context, server, database string) (*pgx.Conn, func(), error) {
	conn, done, err := c.Pools.Acquire(ctx, server, database)
	if err != nil {
		return nil, nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for other, of := range c.lent {
		if of != database {
			_ = other.PgConn().Conn().Close()
		}
	}
	c.lent[conn] = database
	return conn, func() { c.takeBack(conn); done() }, nil
}

func (c *careless) takeBack(conn *pgx.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.lent, conn)
}

// TestAPoolThatIsEvictedWhileInUseIsCaught is the saboteur of the database level.
func TestAPoolThatIsEvictedWhileInUseIsCaught(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(tenantpgx.Pools) tenantpgx.Pools{
		"sound":    func(p tenantpgx.Pools) tenantpgx.Pools { return p },
		"careless": func(p tenantpgx.Pools) tenantpgx.Pools { return &careless{Pools: p, lent: map[*pgx.Conn]string{}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			street := newStreet(t, databases(t)).Through(wrap)
			target := isolationtest.Target{Street: street, Open: street.Doors()[plainDoor], Load: crowdedLoad()}
			findings := isolationtest.Record(t.Context(), target, "visibility", "no tenant")
			if caught := len(findings["visibility"]) > 0; caught != (name == "careless") || len(findings["no tenant"]) > 0 {
				t.Errorf("found %q", findings)
			}
		})
	}
}
