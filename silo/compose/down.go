package compose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Down implements [silo.Runtime]: the containers stay, stopped, with their logs. A stack
// that sleeps is not to be woken any more.
func (r *Stacks) Down(ctx context.Context, id tenant.ID) error {
	return r.locked(ctx, id, func() error {
		if err := r.place(id).wake(); err != nil {
			return err
		}
		return r.stop(ctx, id)
	})
}

// Remove ends a stack and removes all of it: containers, network, data, directory.
func (r *Stacks) Remove(ctx context.Context, id tenant.ID) error {
	return r.locked(ctx, id, func() error {
		if err := clear(ctx, id); err != nil {
			return err
		}
		return os.RemoveAll(string(r.place(id)))
	})
}

// locked changes a stack that was up once; for another one there is nothing to do.
func (r *Stacks) locked(ctx context.Context, id tenant.ID, do func() error) error {
	p := r.place(id)
	if _, err := os.Stat(string(p)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := answers(ctx); err != nil {
		return err
	}
	held, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer held.Close()
	return do()
}

// stop lets the application finish before its database server ends.
func (r *Stacks) stop(ctx context.Context, id tenant.ID) error {
	const grace = "60" // seconds
	for _, names := range [][]string{{web, migrate}, {database}} {
		now, err := look(ctx, id)
		if err != nil {
			return err
		}
		line := []string{"stop", "-t", grace}
		for _, name := range names {
			if c := now.of(name); c.ID != "" && c.State.Status != "created" {
				line = append(line, c.ID)
			}
		}
		if len(line) == 3 {
			continue
		}
		if _, err := docker(ctx, line...); err != nil {
			return fmt.Errorf("silo down: %w", err)
		}
	}
	return nil
}

// clear removes what the engine has of a stack, found by its label: so it does not
// matter how far a run came that was killed.
func clear(ctx context.Context, id tenant.ID) error {
	for _, kind := range []struct{ list, remove []string }{
		{[]string{"ps", "--all", "--quiet"}, []string{"rm", "--force", "--volumes"}},
		{[]string{"network", "ls", "--quiet"}, []string{"network", "rm"}},
		{[]string{"volume", "ls", "--quiet"}, []string{"volume", "rm"}},
	} {
		found, err := ids(ctx, append(kind.list, "--filter", labelled(id))...)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			continue
		}
		if _, err := docker(ctx, append(kind.remove, found...)...); err != nil {
			return fmt.Errorf("remove the silo: %w", err)
		}
	}
	return nil
}
