package main

import (
	"context"
	"fmt"

	"github.com/rowhouse-go/rowhouse/internal/levelbench"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// mostSilos bounds how many silos are measured: each is a database server.
const mostSilos = 5

// ofSilos are the options for a demo whose tenants have a stack each.
func (d *demo) ofSilos(o levelbench.Options) levelbench.Options {
	if o.Tenants > mostSilos {
		d.c.say("silo: %d tenants instead of %d, because each is a database server and a process", mostSilos, o.Tenants)
		o.Tenants = mostSilos
	}
	o.Own, o.Disk, o.Memory = true, d.diskOfFolder, treeMemory(d.supervisors)
	o.Finish = func(ctx context.Context, t *tenant.Tenant) (*tenant.Tenant, error) {
		return d.c.siloUp(ctx, d.house, t)
	}
	return o
}

// supervisors are the processes from which all those of silos descend.
func (d *demo) supervisors(ctx context.Context) (pids []int, err error) {
	list, err := d.house.Registry().List(ctx, registry.Filter{Level: tenant.Silo})
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		state, err := d.c.silos.Status(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		if state.Pid == 0 { // whose children would be those of the whole machine
			return nil, fmt.Errorf("measure silo %s, which is %s: %w", t.Slug, state.Phase, silo.ErrDown)
		}
		pids = append(pids, state.Pid)
	}
	return pids, nil
}
