package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// ErrClosed: the cache was closed.
var ErrClosed = errors.New("registry: the cache is closed")

// CacheOptions bounds a [Cache]. The zero value is good.
type CacheOptions struct {
	// Tenants is how many tenants are kept at most. 0 is 100,000.
	Tenants int
	// Unknown is how many keys that are nobody's are kept at most. 0 is 10,000.
	Unknown int
	// TTL is how long a tenant is served without asking again, where no [Watcher]
	// says that it changed. For as long again it is served while it is asked for.
	// 0 is five minutes.
	TTL time.Duration
	// UnknownTTL is the same for keys that are nobody's. Any change of the registry
	// ends it early. 0 is five seconds.
	UnknownTTL time.Duration
	// MaxStale is the age up to which a tenant is served while the registry does
	// not answer. 0 is one hour.
	MaxStale time.Duration
	// LoadTimeout bounds one question to the registry, whoever waits for the
	// answer. 0 is three seconds.
	LoadTimeout time.Duration
	// Retry is how often a registry that does not answer is asked again while known
	// tenants are served from memory. 0 is one second.
	Retry time.Duration
	// OnHealth, if not nil, is called with an error when the registry stops
	// answering and with nil when it answers again. It must not block.
	OnHealth func(error)
	// Log receives the same. nil is [slog.Default].
	Log *slog.Logger
	// OnFirst, if not nil, is called once, before the first tenant is loaded: who runs
	// the [Watcher] from there watches for nobody who asks for nobody.
	OnFirst func()
}

// Cache answers for a [Reader], mostly from memory. It is safe for concurrent use;
// [Cache.Close] ends its goroutines.
//
// An entry is never removed when its tenant changes. It carries the generation in
// which its loading began, an invalidation is a later generation, and each lookup
// compares the two: so a load that began before an invalidation can never be taken
// for fresh, however late it ends.
type Cache struct {
	reader      Reader
	options     CacheOptions
	repeat      bool // a name may be that of several tenants
	born        time.Time
	generations *generations
	health      *health

	tenants *otter.Cache[tenant.ID, *entry]
	names   *otter.Cache[tenant.Key, alias]   // slugs and hosts
	unknown *otter.Cache[tenant.Key, unknown] // keys that are nobody's

	first   sync.Once
	base    context.Context // ends with Close
	end     context.CancelFunc
	mu      sync.Mutex
	flights map[tenant.Key]*flight // one for each key that is being loaded
	running sync.WaitGroup
}

// NewCache returns an empty cache in front of reader. Run a [Watcher] beside it, or
// changes are seen when entries expire.
func NewCache(reader Reader, options CacheOptions) *Cache {
	options = options.withDefaults()
	c := &Cache{
		reader:      reader,
		options:     options,
		born:        time.Now(),
		generations: newGenerations(options.Tenants),
		health:      &health{retry: options.Retry, log: options.Log, notify: options.OnHealth},
		tenants: otter.Must(&otter.Options[tenant.ID, *entry]{
			MaximumSize:      options.Tenants,
			OnAtomicDeletion: func(gone otter.DeletionEvent[tenant.ID, *entry]) { gone.Value.left.Store(true) },
		}),
		names:   otter.Must(&otter.Options[tenant.Key, alias]{MaximumSize: namesPerTenant * options.Tenants}),
		unknown: otter.Must(&otter.Options[tenant.Key, unknown]{MaximumSize: options.Unknown}),
		flights: map[tenant.Key]*flight{},
	}
	if r, ok := reader.(NamesRepeater); ok {
		c.repeat = r.NamesRepeat()
	}
	c.base, c.end = context.WithCancel(context.Background())
	return c
}

func (o CacheOptions) withDefaults() CacheOptions {
	if o.Tenants <= 0 {
		o.Tenants = 100_000
	}
	if o.Unknown <= 0 {
		o.Unknown = 10_000
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.TTL = positive(o.TTL, 5*time.Minute)
	o.UnknownTTL = positive(o.UnknownTTL, 5*time.Second)
	o.MaxStale = positive(o.MaxStale, time.Hour)
	o.LoadTimeout = positive(o.LoadTimeout, 3*time.Second)
	o.Retry = positive(o.Retry, time.Second)
	if o.OnFirst == nil {
		o.OnFirst = func() {}
	}
	return o
}

func positive(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// Close ends what is being loaded and waits for it. Later misses are [ErrClosed].
func (c *Cache) Close() {
	c.mu.Lock()
	c.end()
	c.mu.Unlock()
	c.running.Wait()
}

// Lookup returns the tenant with this key, or [tenant.ErrNotFound]. All keys of a
// tenant lead to the same value. Any other error means that the registry does not
// answer and that nothing fit to be served is in memory.
func (c *Cache) Lookup(ctx context.Context, key tenant.Key) (*tenant.Tenant, error) {
	key.Value = strings.ToLower(key.Value) // costs nothing where it is lower already
	e, now := c.find(key), c.now()
	if e != nil && now-e.began.at < c.options.TTL && c.generations.current(e) {
		return e.tenant, nil
	}
	if e != nil {
		return c.renew(ctx, key, e, now)
	}
	if !Plausible(key) || c.isUnknown(key, now) {
		return nil, notFound(key)
	}
	return c.load(ctx, key)
}

// renew answers from an entry that is old or was invalidated.
func (c *Cache) renew(ctx context.Context, key tenant.Key, e *entry, now time.Duration) (*tenant.Tenant, error) {
	servable := now-e.began.at < c.options.MaxStale
	if servable && c.health.isDown() {
		if c.health.ask(now) {
			c.renewLater(key)
		}
		return e.tenant, nil
	}
	if now-e.began.at < 2*c.options.TTL && c.generations.current(e) {
		c.renewLater(key)
		return e.tenant, nil
	}
	t, err := c.load(ctx, key)
	// Whoever has no connection free cannot say that the registry is down: what was
	// invalidated may be suspended by now.
	if errors.Is(err, ErrBusy) {
		servable = servable && c.generations.current(e)
	}
	if servable && outage(err) && ctx.Err() == nil {
		return e.tenant, nil
	}
	return t, err
}

// Refresh reads a tenant anew: for a door that did not find it where Lookup said.
// Calls that come while one is on its way share the next one. While the registry
// does not answer, the error says so.
func (c *Cache) Refresh(ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
	c.generations.expire(id)
	return c.load(ctx, tenant.ByID(id))
}

// Invalidate makes the next lookup of a tenant, and of every key that was unknown,
// ask the registry.
func (c *Cache) Invalidate(id tenant.ID) {
	c.generations.expire(id)
	c.changed()
}

// InvalidateAll does the same for all tenants. What is in memory is still served
// if the registry does not answer.
func (c *Cache) InvalidateAll() {
	c.generations.expireAll()
	c.changed()
}

// changed ends what is known of unknown keys. A registry that tells of changes
// answers, too.
func (c *Cache) changed() {
	c.generations.changes.Add(1)
	c.health.note(nil, c.now())
}

func (c *Cache) now() time.Duration { return time.Since(c.born) }

func (c *Cache) moment() moment {
	return moment{clock: c.generations.clock.Load(), changes: c.generations.changes.Load(), at: c.now()}
}

// outage reports whether err says that the registry does not answer. That a record
// makes no sense is an answer.
func outage(err error) bool {
	if err == nil || errors.Is(err, tenant.ErrNotFound) {
		return false
	}
	_, senseless := errors.AsType[*tenant.InvalidError](err)
	return !senseless
}

func wrapWait(key tenant.Key, err error) error {
	return fmt.Errorf("registry: wait for %s: %w", key, err)
}
