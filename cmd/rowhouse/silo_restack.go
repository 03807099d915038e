package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rowhouse-go/rowhouse"
	silolevel "github.com/rowhouse-go/rowhouse/isolation/silo"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// restack does to a silo's stack what was done to its tenant: it passes on the result
// of the operation. A tenant that was deleted is taken down, a purged one is removed
// with all that it had; the stack of any other one runs and knows what has changed.
func (c *cli) restack(ctx context.Context, h *rowhouse.House, t *tenant.Tenant, err error) (*tenant.Tenant, error) {
	if err != nil || t == nil || t.Placement.Level != tenant.Silo {
		return t, err
	}
	switch t.Status {
	case tenant.Deleted:
		return t, c.silos.Remove(ctx, t.ID)
	case tenant.Deleting:
		return t, c.silos.Down(ctx, t.ID)
	}
	return c.siloUp(ctx, h, t)
}

// siloUp brings a silo's stack up, tells it about its tenant, and notes in the registry
// where its application is. All of it may be run again.
func (c *cli) siloUp(ctx context.Context, h *rowhouse.House, t *tenant.Tenant) (*tenant.Tenant, error) {
	state, err := c.silos.up(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	if err := c.silos.tell(ctx, t); err != nil {
		return nil, fmt.Errorf("tell silo %s about its tenant: %w", t.Slug, err)
	}
	return noteUpstream(ctx, h.Registry(), t.ID, state.Upstream)
}

func noteUpstream(ctx context.Context, store registry.Store, id tenant.ID, upstream string) (*tenant.Tenant, error) {
	for {
		t, err := store.Lookup(ctx, tenant.ByID(id))
		if err != nil || t.Placement.Upstream == upstream {
			return t, err
		}
		t = t.Clone()
		t.Placement.Upstream = upstream
		err = store.Update(ctx, t, registry.Event{Actor: actor(), Action: "silo up", Detail: "application at " + upstream})
		if !errors.Is(err, tenant.ErrConflict) {
			return t, err
		}
	}
}

// inside is the configuration of a silo, as operators see it from outside.
func (s *silos) inside(url string) rowhouse.Config {
	c := s.config
	c.Servers = map[string]rowhouse.Server{rowhouse.Main: {URL: url, MaxConns: 2}}
	c.Isolation, c.AppRole, c.RegistryQuery, c.Elsewhere = tenant.Schema, "", "", nil
	return c
}

// tell writes the tenant's record into the silo's own registry: with it the silo works
// while we do not.
func (s *silos) tell(ctx context.Context, t *tenant.Tenant) (err error) {
	url, err := s.reach(ctx, t.ID)
	if err != nil {
		return err
	}
	h, err := rowhouse.Open(ctx, s.inside(url))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closing(h.Close())) }()
	own := t.Clone()
	own.Placement = silolevel.Inside(t.Placement, rowhouse.Main)
	event := registry.Event{Actor: actor(), Action: "told", Detail: string(t.Status)}
	known, err := h.Registry().Lookup(ctx, tenant.ByID(t.ID))
	switch {
	case errors.Is(err, tenant.ErrNotFound):
		err = h.Registry().Create(ctx, own, event)
	case err == nil:
		own.Revision = known.Revision
		err = h.Registry().Update(ctx, own, event)
	}
	if err != nil {
		return err
	}
	return h.Registry().SetVersions(ctx, map[tenant.ID]int64{t.ID: t.Version})
}
