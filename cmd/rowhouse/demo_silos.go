package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// ownerLock lies among silos that end with the program that holds it, as a demo's do.
const ownerLock = "owner.lock"

// occupy makes the folder of silos this demo's. The silos of an earlier demo that was
// killed are ended first. vacate ends those of this one.
func (d *demo) occupy(ctx context.Context) (vacate func() error, err error) {
	if d.cluster == nil {
		return func() error { return nil }, nil
	}
	if d.folder.temporary {
		sweepDemos()
	}
	dir, err := d.folder.silos()
	if err != nil {
		return nil, err
	}
	held, err := hold(ctx, filepath.Join(dir, ownerLock))
	if err != nil {
		return nil, err
	}
	vacate = func() error { return errors.Join(endSilos(ctx, dir), held.Close()) }
	if err := endSilos(ctx, dir); err != nil {
		return nil, errors.Join(err, held.Close())
	}
	return vacate, nil
}

// hold takes a lock that supervisors look at for a moment now and then.
func hold(ctx context.Context, path string) (*os.File, error) {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return pglocal.WaitLock(ctx, path)
}

// endSilos takes down all stacks in a folder, at once.
func endSilos(ctx context.Context, dir string) error {
	const patience = time.Minute
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	found, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	stacks := &silo.Processes{Dir: dir}
	var group errgroup.Group
	for _, entry := range found {
		if id, err := tenant.ParseID(entry.Name()); err == nil {
			group.Go(func() error { return stacks.Down(ctx, id) })
		}
	}
	return group.Wait()
}

// whileOwned returns a context that ends when nobody holds the lock in a folder any
// more. Where there is no such lock, silos live until they are taken down.
func whileOwned(ctx context.Context, dir string) (context.Context, context.CancelFunc) {
	const pause = 200 * time.Millisecond
	ctx, cancel := context.WithCancel(ctx)
	path := filepath.Join(dir, ownerLock)
	if _, err := os.Stat(path); err != nil {
		return ctx, cancel
	}
	go func() {
		defer cancel()
		for owned(path) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		}
	}()
	return ctx, cancel
}

func owned(path string) bool {
	held, err := pglocal.Held(path)
	return held && err == nil
}

// sweepDemos removes what killed demos left behind: temporary folders that nobody
// holds. It is best effort, on behalf of others.
func sweepDemos() {
	const settled = time.Minute // a younger one may still be taking its lock
	found, _ := filepath.Glob(filepath.Join(os.TempDir(), demoPattern+"*", "silos", ownerLock))
	for _, path := range found {
		folder := filepath.Dir(filepath.Dir(path))
		info, err := os.Stat(folder)
		if err == nil && time.Since(info.ModTime()) > settled && !owned(path) {
			_ = os.RemoveAll(folder)
		}
	}
}

// bringUp brings up the silos that an earlier demo in this folder has left, and makes
// sure of those that were made just now.
func (d *demo) bringUp(ctx context.Context) error {
	served := []tenant.Status{tenant.Active, tenant.ReadOnly}
	tenants, err := d.house.Registry().List(ctx, registry.Filter{Statuses: served})
	if err != nil {
		return err
	}
	var group errgroup.Group
	for _, t := range tenants {
		if t.Placement.Level != tenant.Silo {
			continue
		}
		group.Go(func() error {
			if _, err := d.c.siloUp(ctx, d.house, t); err != nil {
				return fmt.Errorf("bring up %s: %w", t.Slug, err)
			}
			return nil
		})
	}
	return group.Wait()
}
