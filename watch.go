package rowhouse

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/registry"
)

// cacheOptions are those of every cache in front of a registry.
func (h *House) cacheOptions() registry.CacheOptions {
	return registry.CacheOptions{Log: h.config.Logger, OnFirst: func() { h.begin() }}
}

// watch hears of changes that any program makes in the registry, from the first tenant
// that somebody asks for until Close: most commands ask for none, and need no
// connection for it.
func (h *House) watch() {
	ctx, cancel := context.WithCancel(context.Background())
	var mu sync.Mutex
	var watching sync.WaitGroup
	h.begin = func() {
		mu.Lock()
		defer mu.Unlock()
		if w, ok := h.watcher(); ok && ctx.Err() == nil {
			watching.Go(func() { w.Run(ctx, h.cache) })
		}
	}
	h.stop = func() {
		mu.Lock()
		cancel()
		mu.Unlock()
		watching.Wait()
		h.cache.Close()
	}
}

// watcher is false where nobody tells of changes: a query's are seen when the cache's
// entries expire.
func (h *House) watcher() (registry.Watcher, bool) {
	w := registry.Watcher{Log: h.config.Logger}
	switch store := h.store.(type) {
	case *registry.Postgres:
		w.Changes = store
		if s, _ := h.pools.Server(Main); !s.Pooled() || s.DirectURL != "" {
			w.Connect = func(ctx context.Context) (*pgx.Conn, error) { return h.pools.Listener(ctx, Main) }
		}
	case registry.Changer:
		if h.ground != nil {
			w.Changes, w.Every = store, changesEvery
		}
	}
	return w, w.Changes != nil
}
