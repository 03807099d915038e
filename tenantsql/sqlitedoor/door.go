// Package sqlitedoor is the database/sql door to tenants in SQLite files: [Open]
// returns a [*sql.DB], and every statement sent through it sees the tenant that its
// context names, and nothing else. It does for [sqlite.Homes] what package tenantsql
// does for PostgreSQL, so that the same handlers run on both.
//
// The connections that database/sql counts are virtual: a statement outside a
// transaction is a transaction of its own in the tenant's file, which begins by making
// sure that the file is the tenant's and may be used. A statement without a tenant is
// [tenant.ErrMissing]; in a transaction a context that names another tenant is
// [tenant.ErrMismatch].
//
// What differs from PostgreSQL:
//   - a transaction that may write is alone with the file from its beginning; ask for
//     [sql.TxOptions].ReadOnly where it only reads;
//   - ATTACH, PRAGMA, temporary tables and the like are refused by SQLite itself.
package sqlitedoor

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/rowhouse-go/rowhouse/isolation/database/sqlite"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Directory knows tenants by id. A registry's cache is one.
type Directory interface {
	// Lookup returns the tenant as the cache knows it.
	Lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error)
	// Refresh reads the tenant anew.
	Refresh(ctx context.Context, id tenant.ID) (*tenant.Tenant, error)
}

// Open returns the homes as a [*sql.DB]. Closing it leaves the homes open.
func Open(homes *sqlite.Homes, directory Directory) *sql.DB {
	return sql.OpenDB(&connector{homes: homes, directory: directory})
}

type connector struct {
	homes     *sqlite.Homes
	directory Directory
}

// Connect makes a virtual connection.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	return &conn{connector: c}, nil
}

// Driver returns a driver that opens nothing: a name cannot carry a door.
func (c *connector) Driver() driver.Driver { return closedDriver{} }

type closedDriver struct{}

func (closedDriver) Open(string) (driver.Conn, error) {
	return nil, fmt.Errorf("sqlitedoor: open by name: %w; use sqlitedoor.Open", errors.ErrUnsupported)
}

// patience is how long entering waits for a registry that has not yet heard of a
// fence: the time between the two commits of an operation.
const patience = time.Second

// enter begins a transaction inside the tenant that the context names. Where the
// tenant is not at its placement, the registry is read anew.
func (c *connector) enter(ctx context.Context, write bool) (*sqlite.Session, tenant.ID, error) {
	named, err := tenant.FromContext(ctx)
	if err != nil {
		return nil, tenant.ID{}, err
	}
	// The context carries identity only.
	t, err := c.directory.Lookup(ctx, tenant.ByID(named.ID))
	if err != nil {
		return nil, named.ID, fmt.Errorf("find tenant %s: %w", named.Slug, err)
	}
	wait := waiting{}
	for {
		s, err := c.once(ctx, t, write)
		if !errors.Is(err, tenant.ErrMoved) {
			return s, t.ID, err
		}
		fresh, againErr := c.directory.Refresh(ctx, t.ID)
		if againErr != nil {
			return nil, t.ID, fmt.Errorf("find tenant %s again: %w", t.Slug, againErr)
		}
		if fresh.Placement != t.Placement || !fresh.Status.Serves() {
			wait = waiting{} // there is news: what was waited for is over
		} else if !wait.more(ctx) {
			return nil, t.ID, err
		}
		t = fresh
	}
}

// waiting is for the registry to hear of a fence. It begins with the first refusal:
// the time in which a writer waited for its turn does not count.
type waiting struct {
	until time.Time
	pause time.Duration
}

// more waits a little, longer each time, and returns false when it is enough.
func (w *waiting) more(ctx context.Context) bool {
	now := time.Now()
	if w.until.IsZero() {
		w.until = now.Add(patience)
	}
	w.pause = min(max(2*w.pause, time.Millisecond), 50*time.Millisecond)
	return now.Before(w.until) && sleep(ctx, w.pause) == nil
}

func (c *connector) once(ctx context.Context, t *tenant.Tenant, write bool) (*sqlite.Session, error) {
	if !t.Status.Serves() {
		return nil, &tenant.StatusError{Slug: t.Slug, Status: t.Status}
	}
	return c.homes.Enter(ctx, t, write)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
