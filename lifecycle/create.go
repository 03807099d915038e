package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// New describes a tenant to be made.
type New struct {
	Slug      string
	Name      string          // empty: the slug
	Domains   []string        // the first is primary
	Isolation tenant.Level    // empty: the configured default
	Server    string          // where it lives; empty: on the main server
	Settings  tenant.Settings // copied into the record
	Labels    map[string]string
}

// Create makes a tenant: its record, its home, its tables. While it works the
// tenant is provisioning and is not served. Killed in the middle, it is finished
// by creating the same slug again.
//
// Errors: [*tenant.InvalidError] for a bad slug or host, [tenant.ErrExists] where
// a live tenant has the slug or a host, the migrator's error where migrations are
// pending.
func (m *Manager) Create(ctx context.Context, n New) (*tenant.Tenant, error) {
	t, err := m.newborn(n)
	if err != nil {
		return nil, fmt.Errorf("create tenant: %w", err)
	}
	if t, err = m.create(ctx, t); err != nil {
		return nil, fmt.Errorf("create tenant %s: %w", n.Slug, err)
	}
	return t, nil
}

// readier is what a level has beside [isolation.Level] that needs something of the
// configuration: Ready says what is missing, before any record is written.
type readier interface{ Ready() error }

func (m *Manager) create(ctx context.Context, t *tenant.Tenant) (*tenant.Tenant, error) {
	// Whoever makes this slug holds its lock; a crash gives it back.
	held, err := m.lock(ctx, "create "+t.Slug)
	if err != nil {
		return nil, err
	}
	defer held.release()
	if err := held.admit(ctx); err != nil {
		return nil, err
	}
	id, err := m.claim(ctx, t)
	if err != nil {
		return nil, err
	}
	// From here on it can be found, so somebody may be deleting it.
	if err := held.take(ctx, id.String()); err != nil {
		return nil, err
	}
	if t, err = m.takeOver(ctx, id, t); err != nil {
		return nil, err
	}
	return held.provision(ctx, t)
}

// newborn checks n and gives the tenant its id and its placement.
func (m *Manager) newborn(n New) (*tenant.Tenant, error) {
	if err := m.slug(n.Slug); err != nil {
		return nil, err
	}
	domains, err := m.domains(n.Domains)
	if err != nil {
		return nil, err
	}
	if n.Isolation == "" {
		n.Isolation = m.c.Default
	}
	level, err := m.c.Levels.Level(n.Isolation)
	if err != nil {
		return nil, err
	}
	if r, ok := level.(readier); ok {
		if err := r.Ready(); err != nil {
			return nil, err
		}
	}
	if n.Name == "" {
		n.Name = n.Slug
	}
	server, err := m.server(n.Server)
	if err != nil {
		return nil, err
	}
	id := tenant.NewID()
	return &tenant.Tenant{
		ID: id, Slug: n.Slug, Name: n.Name, Status: tenant.Provisioning,
		Placement: level.Place(id, n.Slug, server),
		Settings:  n.Settings, Labels: n.Labels, Domains: domains,
	}, nil
}

// server checks where a tenant is to live.
func (m *Manager) server(name string) (string, error) {
	if name == "" || name == m.c.Main {
		return m.c.Main, nil
	}
	if !slices.Contains(m.c.Servers, name) {
		return "", &tenant.InvalidError{Field: "server", Value: name, Reason: "is not one of the configured servers"}
	}
	return name, nil
}

// claim inserts the record, or finds one that a crash or a failure left. The caller
// holds the slug's lock.
func (m *Manager) claim(ctx context.Context, t *tenant.Tenant) (tenant.ID, error) {
	left, err := m.c.Store.Lookup(ctx, tenant.BySlug(t.Slug))
	switch {
	case err == nil && unfinished(left):
		return left.ID, nil
	case err == nil && left.Status.Live():
		return t.ID, fmt.Errorf("slug %s: %w", t.Slug, tenant.ErrExists)
	case err != nil && !errors.Is(err, tenant.ErrNotFound):
		return t.ID, err
	}
	return t.ID, m.c.Store.Create(ctx, t, m.event("create", string(t.Placement.Level)))
}

func unfinished(t *tenant.Tenant) bool {
	return t.Status == tenant.Provisioning || t.Status == tenant.Failed
}

// sameStreet: a silo's server is its own, so that another begun silo has another.
func sameStreet(left, asked tenant.Placement) bool {
	return left.Level == asked.Level && (left.Server == asked.Server || left.Level == tenant.Silo)
}

// takeOver continues an unfinished tenant with what is asked for now.
func (m *Manager) takeOver(ctx context.Context, id tenant.ID, now *tenant.Tenant) (*tenant.Tenant, error) {
	return m.change(ctx, id, func(t *tenant.Tenant) (string, string, error) {
		switch {
		case !unfinished(t):
			return "", "", &tenant.StatusError{Slug: t.Slug, Status: t.Status, To: tenant.Provisioning}
		case t.ID == now.ID:
			return "", "", nil
		case !sameStreet(t.Placement, now.Placement):
			return "", "", fmt.Errorf("it was begun at level %s on server %s; delete it first: %w", t.Placement.Level, t.Placement.Server, tenant.ErrExists)
		}
		t.Status = tenant.Provisioning
		t.Name, t.Settings, t.Labels, t.Domains = now.Name, now.Settings, now.Labels, now.Domains
		return "create again", "", nil
	})
}

// provision makes the home and the tables, and opens the tenant.
func (m operation) provision(ctx context.Context, t *tenant.Tenant) (*tenant.Tenant, error) {
	version, err := m.build(ctx, t)
	if err == nil {
		return m.open(ctx, t.ID, "", version, "activate")
	}
	// The failure is recorded even where the caller has gone.
	ctx, cancel := lasting(ctx)
	defer cancel()
	_, failErr := m.setStatus(ctx, t.ID, tenant.Failed, "fail")
	return nil, errors.Join(err, failErr)
}

// build makes the home where it is missing and brings it to the newest migration.
func (m operation) build(ctx context.Context, t *tenant.Tenant) (version int64, err error) {
	if err := m.found(ctx, t); err != nil {
		return 0, err
	}
	err = m.atHome(ctx, t, func(conn *pgx.Conn) error {
		if err := m.inherit(ctx, conn, t); err != nil {
			return err
		}
		version, err = m.c.Migrator.Apply(ctx, conn, t)
		return err
	})
	return version, err
}
