package isolationtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// swarm is many goroutines that read and write while their tenants are renamed,
// moved, deleted and made again.
type swarm struct {
	*stage
	door   Door
	houses []*house
	errors atomic.Int64
}

// house is a slug and who lives there now.
type house struct {
	resident atomic.Pointer[resident]
}

// resident is one tenant and what was written for it.
type resident struct {
	*tenant.Tenant
	leaving atomic.Bool  // its deletion has begun
	written atomic.Int64 // entries that were reported as stored
}

func (s *stage) swarm(door Door, tenants int) *swarm {
	w := &swarm{stage: s, door: door, houses: make([]*house, tenants)}
	for i := range w.houses {
		w.houses[i] = &house{}
		w.houses[i].resident.Store(&resident{Tenant: s.create("swarm")})
	}
	return w
}

// run starts workers, churns until they have ended, and checks all tenants.
func (w *swarm) run(workers, statements int) {
	w.Helper()
	// How long the whole may wait grows with the queue before each connection.
	ctx, cancel := context.WithTimeout(w.Context(), 10*w.target.Patience)
	defer cancel()
	var working, churning sync.WaitGroup
	stop := make(chan struct{})
	churning.Go(func() { w.churn(ctx, stop) })
	for range workers {
		working.Go(func() { w.work(ctx, statements) })
	}
	working.Wait()
	close(stop)
	churning.Wait()
	for _, h := range w.houses {
		w.settled(h.resident.Load())
	}
}

func (w *swarm) work(ctx context.Context, statements int) {
	for n := range statements {
		r := w.houses[rand.IntN(len(w.houses))].resident.Load()
		step := w.steps()[n%len(w.steps())]
		err := step(tenant.NewContext(ctx, r.Tenant), r)
		if err != nil && (!r.leaving.Load() || !refused(err)) && w.errors.Add(1) < 10 {
			w.Errorf("%s: %v", r.Slug, err)
		}
	}
}

func (w *swarm) steps() []func(context.Context, *resident) error {
	return []func(context.Context, *resident) error{w.readOne, w.insert, w.readAll, w.transact}
}

func (w *swarm) readOne(ctx context.Context, r *resident) error {
	return w.own(ctx, r, w.door, "SELECT owner FROM notes WHERE id = $1", 1+rand.IntN(notes))
}

func (w *swarm) readAll(ctx context.Context, r *resident) error {
	return w.own(ctx, r, w.door, "SELECT owner FROM notes UNION ALL SELECT owner FROM entries")
}

// own fails on a row that is not r's, or on none.
func (w *swarm) own(ctx context.Context, r *resident, from Runner, sql string, args ...any) error {
	got, err := column(ctx, from, sql, args...)
	if err != nil {
		return err
	}
	if stranger := slices.IndexFunc(got, func(v any) bool { return v != r.ID.String() }); stranger >= 0 {
		w.Errorf("%s reads a row of %v", r.Slug, got[stranger])
	}
	if len(got) == 0 {
		w.Errorf("%s reads nothing", r.Slug)
	}
	return nil
}

func (w *swarm) insert(ctx context.Context, r *resident) error {
	if err := w.enterRow(ctx, r, w.door); err != nil {
		return err
	}
	r.written.Add(1)
	return nil
}

func (w *swarm) enterRow(ctx context.Context, r *resident, to Runner) error {
	_, err := to.Exec(ctx, "INSERT INTO entries (owner, mark) VALUES ($1, $2)", r.ID.String(), "swarm")
	return err
}

// transact reads, writes and reads in one transaction.
func (w *swarm) transact(ctx context.Context, r *resident) error {
	tx, err := w.door.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if err := w.own(ctx, r, tx, "SELECT owner FROM notes WHERE id = $1", 1); err != nil {
		return err
	}
	if err := w.enterRow(ctx, r, tx); err != nil {
		return err
	}
	if err := w.own(ctx, r, tx, "SELECT owner FROM entries"); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	r.written.Add(1)
	return nil
}

// churn changes one tenant after the other. Each change happens at least once.
func (w *swarm) churn(ctx context.Context, stop <-chan struct{}) {
	changes := []func(context.Context, *house) error{w.rename, w.move, w.replace}
	for n := 0; ; n++ {
		h := w.houses[n%len(w.houses)]
		if err := changes[n%len(changes)](ctx, h); err != nil {
			w.Errorf("change %d: %v", n, err)
		}
		select {
		case <-stop:
			if n >= 2*len(changes) {
				return
			}
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (w *swarm) rename(ctx context.Context, h *house) error {
	r := h.resident.Load()
	return w.target.Street.Rename(ctx, r.Tenant, w.slug("swarm"))
}

func (w *swarm) move(ctx context.Context, h *house) error {
	return w.target.Street.Move(ctx, h.resident.Load().Tenant, nil)
}

// replace deletes the resident and gives its slug to a new one.
func (w *swarm) replace(ctx context.Context, h *house) error {
	slug := w.slug("swarm")
	old := h.resident.Load()
	if err := w.target.Street.Rename(ctx, old.Tenant, slug); err != nil {
		return fmt.Errorf("rename: %w", err)
	}
	old.leaving.Store(true)
	if err := w.target.Street.Become(ctx, old.Tenant, tenant.Deleting); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	w.gone(w.door, old.Tenant)
	again, err := w.target.Street.Create(ctx, slug)
	if err != nil {
		return fmt.Errorf("create again: %w", err)
	}
	h.resident.Store(&resident{Tenant: again})
	return nil
}

// settled counts: nothing lost, nothing twice, nothing of a stranger.
func (w *swarm) settled(r *resident) {
	w.Helper()
	got, err := column(w.as(r.Tenant), w.door, "SELECT owner FROM entries")
	if err != nil || int64(len(got)) != r.written.Load() {
		w.Errorf("%s stored %d entries and has %d (%v)", r.Slug, r.written.Load(), len(got), err)
	}
	if slices.ContainsFunc(got, func(v any) bool { return v != r.ID.String() }) {
		w.Errorf("%s has entries of somebody else", r.Slug)
	}
}

// pit fails the test where anybody wrote into a shared table of the same name.
func (s *stage) pit() {
	s.Helper()
	got, err := s.target.Street.Admin(s.Context(), "SELECT mark FROM shared.entries")
	if err != nil || len(got) > 0 {
		s.Errorf("written into the shared table of the same name: %v, %v", got, err)
	}
}
