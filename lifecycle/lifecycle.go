// Package lifecycle makes tenants, changes them and takes them down. Every
// operation may be killed at any moment: run again, it finishes the job.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Migrator brings tenants to the newest migration.
type Migrator interface {
	// Admit returns nil unless migrations are pending for the fleet, or it is ahead of
	// this program. conn goes to the main server. After nil no run counts its
	// migrations as rolled out until conn is closed or, where a transaction is open on
	// it, until that has ended.
	Admit(ctx context.Context, conn *pgx.Conn) error
	// Apply makes a tenant's home where it is missing, brings it to the head and
	// returns its version. A rerun continues where a crash left it.
	Apply(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant) (int64, error)
	// ApplyTx does the same inside the transaction that is open on conn, whose
	// search path it leaves as it was.
	ApplyTx(ctx context.Context, conn *pgx.Conn, t *tenant.Tenant) (int64, error)
	// Forget returns the statement that removes a tenant from its database's ledger.
	Forget(id tenant.ID) isolation.Statement
}

// Connector opens connections that hold a session of their own. An empty database
// is the server's own.
type Connector interface {
	Connect(ctx context.Context, server, database string) (*pgx.Conn, error)
}

// Config is what a [Manager] needs.
type Config struct {
	Store    registry.Store
	Migrator Migrator
	Connect  Connector
	Engine   Engine // nil: the data are in PostgreSQL, behind Connect
	Levels   isolation.Levels
	Default  tenant.Level // level of new tenants
	Main     string       // server of the registry, and of new tenants that name none
	Servers  []string     // others on which tenants may live
	Actor    string       // who is written into events
	// Bases are canonical hosts below which hosts follow from slugs: no tenant may
	// register a domain there.
	Bases []string
	// Central are the canonical hosts of the product itself, which are no tenant's either,
	// by domain or by slug.
	Central []string
	// Fixed says that the store cannot be changed: everything but [Manager.Find] is
	// [tenant.ErrReadOnlySource], before anything was touched.
	Fixed bool
	// Patience is how long an operation tries to find a tenant without open
	// transactions; 0 is 30 seconds.
	Patience time.Duration
	// Operations is how many operations run at a time; the others wait. Each has one
	// connection, and a second one where a migration needs it. 0 is 4.
	Operations int
	// Within returns the store inside a transaction, for [Manager.CreateTx].
	Within func(pgx.Tx) registry.Store
}

// Manager runs the operations. It is safe for concurrent use, also with managers
// of other processes.
type Manager struct {
	c     Config
	slots chan struct{} // one for each operation under way
}

// NewManager returns a manager.
func NewManager(c Config) *Manager {
	if c.Patience == 0 {
		c.Patience = 30 * time.Second
	}
	if c.Operations == 0 {
		c.Operations = 4
	}
	return &Manager{c: c, slots: make(chan struct{}, c.Operations)}
}

// writable returns an error where the registry cannot be changed.
func (m *Manager) writable() error {
	if m.c.Fixed {
		return fmt.Errorf("change the table that lists the tenants: %w", tenant.ErrReadOnlySource)
	}
	return nil
}

func (m *Manager) event(action, detail string) registry.Event {
	return registry.Event{Actor: m.c.Actor, Action: action, Detail: detail}
}

// Find returns a tenant by slug, id or domain, whatever its status.
func (m *Manager) Find(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	t, err := m.c.Store.Lookup(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("find tenant %s: %w", key.Value, err)
	}
	return t.Clone(), nil
}

// change reads a tenant, lets f change it and writes it, again and again until
// nobody else changed it meanwhile. f returns the event's action and detail; an
// empty action means that there is nothing to change.
func (m *Manager) change(ctx context.Context, id tenant.ID, f func(*tenant.Tenant) (action, detail string, err error)) (*tenant.Tenant, error) {
	for {
		t, err := m.Find(ctx, tenant.ByID(id))
		if err != nil {
			return nil, err
		}
		action, detail, err := f(t)
		if err != nil || action == "" {
			return t, err
		}
		err = m.c.Store.Update(ctx, t, m.event(action, detail))
		if err == nil {
			return t, nil
		}
		if !errors.Is(err, tenant.ErrConflict) {
			return nil, err
		}
	}
}

// setStatus changes the status where the tenant does not have it already.
func (m *Manager) setStatus(ctx context.Context, id tenant.ID, to tenant.Status, action string) (*tenant.Tenant, error) {
	return m.change(ctx, id, func(t *tenant.Tenant) (string, string, error) {
		if t.Status == to {
			return "", "", nil
		}
		detail := string(t.Status) + " → " + string(to)
		return action, detail, become(t, to)
	})
}

func become(t *tenant.Tenant, to tenant.Status) error {
	if !t.Status.CanBecome(to) {
		return &tenant.StatusError{Slug: t.Slug, Status: t.Status, To: to}
	}
	t.Status = to
	return nil
}

// open makes a tenant active whose home is complete, under a new slug where that is
// not empty. The fleet may have gone on where the connection is not what it was.
func (m operation) open(ctx context.Context, id tenant.ID, slug string, version int64, action string) (*tenant.Tenant, error) {
	if err := m.admit(ctx); err != nil {
		return nil, err
	}
	if err := m.c.Store.SetVersions(ctx, map[tenant.ID]int64{id: version}); err != nil {
		return nil, err
	}
	return m.change(ctx, id, func(t *tenant.Tenant) (string, string, error) {
		if slug != "" {
			t.Slug = slug
		}
		return action, fmt.Sprintf("version %d", version), become(t, tenant.Active)
	})
}
