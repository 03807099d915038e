package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/portbook"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const watchLong = `Take down silos whose application nobody has asked anything for as long as
silo.idle_stop says, and bring each up again at its next request, which waits
for it. It runs until it is interrupted: let systemd keep it.

While a silo is down, this program listens where its application was. The application
comes back at another port, and this program leads to it until rowhouse proxy config
--reload has told the proxy. Operators' commands that need a silo's database bring it
up as well. What rowhouse silo down took down stays down.`

// watcher is what rowhouse silo watch knows.
type watcher struct {
	*cli
	house   *rowhouse.House
	stacks  stacks
	idle    time.Duration
	porters map[tenant.ID]*silo.Porter
}

func (c *cli) siloWatch() *cobra.Command {
	return &cobra.Command{
		Use:     "watch",
		Short:   "Stop silos that nobody asks, and start them at the next request",
		Long:    watchLong,
		Example: "  rowhouse silo watch",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.within(cmd.Context(), func(h *rowhouse.House) error { return c.watch(cmd.Context(), h) })
		},
	}
}

func (c *cli) watch(ctx context.Context, h *rowhouse.House) (err error) {
	w := watcher{cli: c, house: h, stacks: c.silos.stacks, idle: c.silos.config.Silo.IdleStop, porters: map[tenant.ID]*silo.Porter{}}
	if w.idle == 0 {
		return usagef("no silo is ever idle: set silo.idle_stop in %s, as in 30m", configFile)
	}
	defer func() {
		for _, p := range w.porters {
			err = errors.Join(err, p.Close())
		}
	}()
	c.say("watching; silos that nobody asks for %s are stopped", w.idle)
	every := time.NewTicker(min(w.idle/4+time.Millisecond, 10*time.Second))
	defer every.Stop()
	for {
		if err := w.round(ctx); err != nil && ctx.Err() == nil {
			c.warn("%v", err) // the next round tries again
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
	}
}

// round looks at every silo once.
func (w *watcher) round(ctx context.Context) error {
	list, err := w.house.Registry().List(ctx, registry.Filter{Level: tenant.Silo, Statuses: inside()})
	if err != nil {
		return err
	}
	var failures []error
	there := map[tenant.ID]bool{}
	for _, t := range list {
		there[t.ID] = true
		if err := w.look(ctx, t); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", visible(t.Slug), err))
		}
	}
	for id, p := range w.porters {
		if !there[id] {
			failures = append(failures, p.Close())
			delete(w.porters, id)
		}
	}
	return errors.Join(failures...)
}

// look puts a silo to sleep that nobody asked for long, and stands in for one that is
// asleep.
func (w *watcher) look(ctx context.Context, t *tenant.Tenant) error {
	at, awake, err := w.stacks.LastUse(ctx, t.ID)
	if err != nil {
		return err
	}
	if awake {
		state, err := w.stacks.Status(ctx, t.ID)
		if err != nil || state.Phase != silo.Running {
			return err
		}
		if time.Since(at) < w.idle {
			return w.lead(ctx, t.ID, state.Upstream)
		}
		w.say("%s: nobody asked since %s: it is stopped", visible(t.Slug), at.Format(time.RFC3339))
		sleep := func() error { return w.stacks.Sleep(ctx, t.ID) }
		if err := w.porter(t.ID).Rest(ctx, state.Upstream, sleep); err != nil {
			return err
		}
	}
	address, asleep, err := w.stacks.Asleep(t.ID)
	if err != nil || !asleep {
		return err
	}
	return w.porter(t.ID).Stand(ctx, address)
}

// lead stands where the application of a silo was before it came to upstream: a proxy
// may not have heard of that, and the program that stood there may have ended.
func (w *watcher) lead(ctx context.Context, id tenant.ID, upstream string) error {
	const most = 8 // the proxies were told long ago
	ports, err := portbook.In(w.silos.config.Silo.Dir).Ports(id, portbook.App)
	if err != nil {
		return err
	}
	for _, port := range slices.Backward(ports[:min(most, len(ports))]) {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		if address == upstream || !portbook.Free(port) { // ours already, or somebody else's
			continue
		}
		if err := w.porter(id).Stand(ctx, address); err != nil {
			return err
		}
	}
	return nil
}

func (w *watcher) porter(id tenant.ID) *silo.Porter {
	if w.porters[id] == nil {
		w.porters[id] = &silo.Porter{Wake: func(ctx context.Context) (string, error) {
			address, err := w.wake(ctx, id)
			if err != nil {
				w.warn("a request did not wake silo %s: %v", id, err)
			}
			return address, err
		}}
	}
	return w.porters[id]
}

// wake brings a silo up that sleeps, or finds one that is up.
func (w *watcher) wake(ctx context.Context, id tenant.ID) (string, error) {
	_, asleep, err := w.stacks.Asleep(id)
	if err != nil {
		return "", err
	}
	if !asleep {
		state, err := w.stacks.Status(ctx, id)
		if err == nil && state.Phase != silo.Running {
			err = fmt.Errorf("it is %s: %w", state.Phase, silo.ErrDown)
		}
		return state.Upstream, err
	}
	t, err := w.house.Registry().Lookup(ctx, tenant.ByID(id))
	if err == nil && !slices.Contains(inside(), t.Status) { // deleted since the last round
		err = &tenant.StatusError{Slug: t.Slug, Status: t.Status, To: tenant.Active}
	}
	if err == nil {
		t, err = w.siloUp(ctx, w.house, t)
	}
	if err != nil {
		return "", err
	}
	w.say("%s: woken by a request", visible(t.Slug))
	return t.Placement.Upstream, nil
}
