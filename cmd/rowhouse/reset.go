package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// reset takes down what init and everything after it made: the tenants, one by one,
// then the shared tables and the registry. Killed in the middle, it is run again.
func (c *cli) reset(ctx context.Context, config rowhouse.Config) error {
	c.reachSilos(ctx, &config)
	h, err := rowhouse.Open(ctx, config)
	if errors.Is(err, rowhouse.ErrNotInstalled) {
		return nil
	}
	if err != nil {
		return err
	}
	err = c.purgeAll(ctx, h)
	if err := errors.Join(err, closing(h.Close())); err != nil {
		return err
	}
	return dropGround(ctx, config)
}

func (c *cli) purgeAll(ctx context.Context, h *rowhouse.House) error {
	tenants, err := h.Registry().List(ctx, registry.Filter{})
	if err != nil {
		return err
	}
	for _, t := range tenants {
		gone, err := c.purgeOne(h.Lifecycle(), ctx, t.ID)
		if _, err := c.restack(ctx, h, gone, err); err != nil {
			return err
		}
	}
	return nil
}

// purgeOne deletes a tenant, if nobody did yet, and drops its data: those of a silo with
// its stack, which need not be able to start for that.
func (c *cli) purgeOne(m *lifecycle.Manager, ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	t, err := m.Find(ctx, tenant.ByID(id))
	if err == nil && t.Placement.Level == tenant.Silo {
		return m.Abandon(ctx, id, func(ctx context.Context, t *tenant.Tenant) error { return c.silos.Remove(ctx, t.ID) })
	}
	if err == nil && !slices.Contains([]tenant.Status{tenant.Deleting, tenant.Deleted}, t.Status) {
		_, err = m.Delete(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	return m.Purge(ctx, id)
}

// dropGround drops the schemas that init made, but for that of the extensions.
func dropGround(ctx context.Context, config rowhouse.Config) error {
	shared := config.Schemas.Shared
	if shared == "" {
		shared = isolation.DefaultNames().Shared
	}
	server := config.Servers[rowhouse.Main]
	url := server.URL
	if server.DirectURL != "" {
		url = server.DirectURL
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, "DROP SCHEMA IF EXISTS "+ident.Quote(shared)+", rowhouse CASCADE")
	if err != nil {
		return fmt.Errorf("drop the registry: %w", err)
	}
	return nil
}
