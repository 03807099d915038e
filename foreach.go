package rowhouse

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// ForEach calls f for every served tenant that matches filter, some at a time,
// with a context that names the tenant. One tenant's error does not stop the
// others: all are returned joined, each with its slug. A filter that names
// statuses selects just those.
func (h *House) ForEach(ctx context.Context, filter registry.Filter, f func(context.Context, *tenant.Tenant) error) error {
	if len(filter.Statuses) == 0 {
		filter.Statuses = []tenant.Status{tenant.Active, tenant.ReadOnly}
	}
	tenants, err := h.store.List(ctx, filter)
	if err != nil {
		return err
	}
	var (
		group errgroup.Group
		mu    sync.Mutex
		all   []error
	)
	group.SetLimit(2 * runtime.GOMAXPROCS(0))
	for _, t := range tenants {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			if err := f(tenant.NewContext(ctx, t), t); err != nil {
				mu.Lock()
				defer mu.Unlock()
				all = append(all, fmt.Errorf("tenant %s: %w", t.Slug, err))
			}
			return nil
		})
	}
	_ = group.Wait()
	return errors.Join(append(all, ctx.Err())...)
}

// AcrossTx is a transaction over several tenants: see [House.Across].
type AcrossTx = *tenantpgx.AcrossTx

// recorder is a registry that takes events of their own.
type recorder interface {
	Record(ctx context.Context, e registry.Event) error
}

func (h *House) record(ctx context.Context, e registry.Event) error {
	if r, ok := h.store.(recorder); ok {
		return r.Record(ctx, e)
	}
	h.config.Logger.Info("tenant event", "tenant", e.Tenant, "action", e.Action, "detail", e.Detail)
	return nil
}

// Across runs f in one transaction over the given tenants, which must live in one
// database. It is written into each tenant's events before it begins.
func (h *House) Across(ctx context.Context, tenants []*tenant.Tenant, f func(AcrossTx) error) error {
	if h.ground != nil {
		return h.errPostgresOnly("a transaction over several tenants")
	}
	names := make([]string, len(tenants))
	for i, t := range tenants {
		if t == nil {
			return fmt.Errorf("rowhouse: across: tenant %d is nil: %w", i, tenant.ErrMissing)
		}
		names[i] = t.Slug
	}
	for _, t := range tenants {
		err := h.record(ctx, registry.Event{Tenant: t.ID, Actor: h.config.Actor, Action: "across", Detail: strings.Join(names, ", ")})
		if err != nil {
			return err
		}
	}
	return h.db.Across(ctx, tenants, f)
}
