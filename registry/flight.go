package registry

import (
	"context"
	"errors"
	"strings"
	"time"

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
// does not count: then it is asked once more.
func (c *Cache) load(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	arrived := c.generations.now()
	for {
		f := c.join(key)
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

// join returns the flight of a key and starts it if there is none.
func (c *Cache) join(key tenant.Key) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[key]; f != nil {
		return f
	}
	f := &flight{began: c.generations.now(), done: make(chan struct{})}
	if c.base.Err() != nil {
		f.err = ErrClosed
		close(f.done)
		return f
	}
	key.Value = strings.Clone(key.Value)
	c.flights[key] = f
	c.running.Go(func() { c.fly(key, f) })
	return f
}

// fly runs on its own: a caller that gives up does not take the answer from others.
func (c *Cache) fly(key tenant.Key, f *flight) {
	ctx, cancel := context.WithTimeout(c.base, c.options.LoadTimeout)
	defer cancel()
	at := time.Since(c.start)
	t, err := c.reader.Lookup(ctx, key)
	switch {
	case err == nil:
		f.tenant = c.keep(key, t, f.began, at)
	case errors.Is(err, tenant.ErrNotFound):
		c.forget(key, f.began, at)
		c.drop(key, f.began)
	case c.base.Err() != nil:
		err = ErrClosed
	}
	f.err = err
	if !errors.Is(err, ErrClosed) {
		c.health.note(err, time.Since(c.start))
	}
	c.mu.Lock()
	delete(c.flights, key)
	c.mu.Unlock()
	close(f.done)
}
