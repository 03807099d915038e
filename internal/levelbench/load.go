package levelbench

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// read counts reads of one row by its key, each of another tenant.
func (m *measure) read(ctx context.Context) (err error) {
	m.o.Told(m.figures.Level + ": reading")
	if err := m.visit(ctx); err != nil {
		return err
	}
	m.figures.Reads, err = m.rate(ctx, m.tenants, m.o.Span, m.readOne)
	return err
}

// ask counts requests for one poll, each of another tenant.
func (m *measure) ask(ctx context.Context) error {
	if m.o.Ask == nil {
		return nil
	}
	m.o.Told(m.figures.Level + ": asking")
	for _, t := range m.tenants {
		if err := m.askOne(tenant.NewContext(ctx, t)); err != nil {
			return err
		}
	}
	rate, err := m.rate(ctx, m.tenants, m.o.Span, m.askOne)
	m.figures.Requests = &rate
	return err
}

func (m *measure) askOne(ctx context.Context) error {
	t, err := tenant.FromContext(ctx)
	if err != nil {
		return err
	}
	return m.o.Ask(ctx, t, firstID+rand.IntN(m.o.Rows))
}

// visit reads once in each tenant: what is warm is measured.
func (m *measure) visit(ctx context.Context) error {
	for _, t := range m.tenants {
		if err := m.readOne(tenant.NewContext(ctx, t)); err != nil {
			return err
		}
	}
	return nil
}

func (m *measure) readOne(ctx context.Context) error {
	var question string
	id := firstID + rand.IntN(m.o.Rows)
	return m.house.SQL().QueryRowContext(ctx, "SELECT question FROM polls WHERE id = $1", id).Scan(&question)
}

// write counts inserts of one row with a foreign key.
func (m *measure) write(ctx context.Context) (err error) {
	m.o.Told(m.figures.Level + ": writing")
	m.figures.Writes, err = m.rate(ctx, m.tenants, m.o.Span, func(ctx context.Context) error {
		_, err := m.house.SQL().ExecContext(ctx, "INSERT INTO polls (question, created_by) VALUES ($1, $2)", "And this?", firstID)
		return err
	})
	return err
}

// warm lets all connections do in one tenant what will be done in all of them: what
// that takes is not what a tenant takes.
func (m *measure) warm(ctx context.Context) error {
	const most = 500 * time.Millisecond
	if _, err := m.rate(ctx, m.tenants[:1], min(m.o.Span, most), m.readOne); err != nil || m.o.Ask == nil {
		return err
	}
	_, err := m.rate(ctx, m.tenants[:1], min(m.o.Span, most), m.askOne)
	return err
}

// rate lets the workers run f in tenants at random for a while, and returns how often
// they did so in a second.
func (m *measure) rate(ctx context.Context, in []*tenant.Tenant, span time.Duration, f func(context.Context) error) (float64, error) {
	var (
		done  atomic.Int64
		group errgroup.Group
		begin = time.Now()
	)
	for range m.o.Workers {
		group.Go(func() error {
			for time.Since(begin) < span {
				if err := f(tenant.NewContext(ctx, in[rand.IntN(len(in))])); err != nil {
					return err
				}
				done.Add(1)
			}
			return nil
		})
	}
	err := group.Wait()
	return float64(done.Load()) / time.Since(begin).Seconds(), err
}

func median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(all))[len(all)/2]
}
