package registry

import (
	"context"
	"errors"
	"strings"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// flight is one question to the registry, for all who wait for its answer.
type flight struct {
	began  moment
	done   chan struct{} // closed when tenant and err are set
	tenant *tenant.Tenant
	err    error
}

// load asks the registry, or waits for the answer that somebody else asked for. An
// answer that was on its way before an invalidation that the caller may know of
// does not count: then it is asked once more, for all who waited.
func (c *Cache) load(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	c.first.Do(c.options.OnFirst)
	arrived := c.moment()
	for {
		f := c.join(key, arrived)
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, wrapWait(key, ctx.Err())
		}
		if f.began.clock >= arrived.clock || outage(f.err) {
			return f.tenant, f.err
		}
	}
}

// join returns the flight of a key, or what one found that took off since the
// caller arrived and has landed already. Otherwise it starts one.
func (c *Cache) join(key tenant.Key, arrived moment) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[key]; f != nil {
		return f
	}
	if e := c.find(key); e != nil && e.began.after(arrived) {
		return landed(&flight{began: e.began, tenant: e.tenant})
	}
	if u, ok := c.unknown.GetIfPresent(key); ok && u.began.after(arrived) {
		return landed(&flight{began: u.began, err: notFound(key)})
	}
	return c.start(key)
}

// renewLater starts a flight that nobody waits for.
func (c *Cache) renewLater(key tenant.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights[key] == nil {
		c.start(key)
	}
}

// start starts a flight; c.mu is held. The clone keeps a short key from holding
// the whole request that it was cut from.
func (c *Cache) start(key tenant.Key) *flight {
	if c.base.Err() != nil {
		return landed(&flight{began: c.moment(), err: ErrClosed})
	}
	key.Value = strings.Clone(key.Value)
	f := &flight{began: c.moment(), done: make(chan struct{})}
	c.flights[key] = f
	c.running.Go(func() { c.fly(key, f) })
	return f
}

func landed(f *flight) *flight {
	f.done = make(chan struct{})
	close(f.done)
	return f
}

// fly runs on its own: a caller that gives up does not take the answer from others.
func (c *Cache) fly(key tenant.Key, f *flight) {
	ctx, cancel := context.WithTimeout(c.base, c.options.LoadTimeout)
	defer cancel()
	t, err := c.reader.Lookup(ctx, key)
	switch {
	case err == nil:
		f.tenant = c.keep(key, t, f.began)
	case errors.Is(err, tenant.ErrNotFound):
		c.forget(key, f.began)
		c.drop(key, f.began)
	case c.base.Err() != nil:
		err = ErrClosed
	}
	f.err = err
	if !errors.Is(err, ErrClosed) && !errors.Is(err, ErrBusy) {
		c.health.note(err, c.now())
	}
	c.mu.Lock()
	delete(c.flights, key)
	c.mu.Unlock()
	close(f.done)
}
