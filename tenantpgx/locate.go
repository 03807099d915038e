package tenantpgx

import (
	"context"
	"fmt"

	"github.com/rowhouse-go/rowhouse/internal/pipe"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// home is where statements of a context go.
type home struct {
	id     tenant.ID // zero for the shared tables
	slug   string
	server string
	enter  pipe.Enter
	scope  pipe.Scope
	// placement is where the registry had the tenant; zero for the shared tables.
	placement tenant.Placement
	// inserts: the level knows no COPY FROM.
	inserts bool
}

// place names what was not there, for messages.
func (h home) place() string {
	if h.scope.Database != "" {
		return "database " + h.scope.Database
	}
	return "schema " + h.scope.Schema
}

// locator finds the home that a context names.
type locator interface {
	// find uses what is cached.
	find(ctx context.Context) (home, error)
	// again reads the registry anew after entering h failed. moved is false where
	// the registry still says the same.
	again(ctx context.Context, h home) (fresh home, moved bool, err error)
}

type tenantLocator struct {
	directory Directory
	levels    isolation.Levels
}

func (l *tenantLocator) find(ctx context.Context) (home, error) {
	named, err := tenant.FromContext(ctx)
	if err != nil {
		return home{}, err
	}
	// The context carries identity only: where the tenant lives and whether it is
	// served is read at each entering.
	t, err := l.directory.Lookup(ctx, tenant.ByID(named.ID))
	if err != nil {
		return home{}, fmt.Errorf("find tenant %s: %w", named.Slug, err)
	}
	return l.home(t)
}

func (l *tenantLocator) again(ctx context.Context, h home) (home, bool, error) {
	t, err := l.directory.Refresh(ctx, h.id)
	if err != nil {
		return home{}, false, fmt.Errorf("find tenant %s again: %w", h.slug, err)
	}
	fresh, err := l.home(t)
	return fresh, fresh.placement != h.placement, err
}

func (l *tenantLocator) home(t *tenant.Tenant) (home, error) {
	if !t.Status.Serves() {
		return home{}, &tenant.StatusError{Slug: t.Slug, Status: t.Status}
	}
	level, err := l.levels.Level(t.Placement.Level)
	if err != nil {
		return home{}, fmt.Errorf("tenant %s: %w", t.Slug, err)
	}
	p := t.Placement
	s := level.Enter(t.ID, p)
	return home{
		id: t.ID, slug: t.Slug, server: p.Server,
		enter: pipe.Enter{SQL: s.SQL, Values: s.Values()},
		// Tenants who share their tables share what is remembered of statements.
		scope:     pipe.Scope{Server: p.Server, Database: p.Database, Schema: p.Schema, Version: t.Version},
		placement: p,
		inserts:   level.Capabilities().CopyAsInserts,
	}, nil
}

// sharedLocator finds the shared tables, whoever asks.
type sharedLocator struct {
	server string
	names  isolation.Names
}

func (l sharedLocator) find(context.Context) (home, error) {
	s := l.names.EnterShared()
	return home{
		slug: l.names.Shared, server: l.server,
		enter: pipe.Enter{SQL: s.SQL, Values: s.Values()},
		scope: pipe.Scope{Server: l.server, Schema: l.names.Shared},
	}, nil
}

func (l sharedLocator) again(_ context.Context, h home) (home, bool, error) {
	return h, false, nil
}
