// Package levelbench measures what an isolation level costs, on the sample
// application's tables and through the door that every level has.
package levelbench

import (
	"context"
	"fmt"
	"time"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Options say how much is measured.
type Options struct {
	Tenants int           // how many are made
	Rows    int           // polls of each
	Span    time.Duration // how long reads and writes are counted, each
	Workers int           // that read or write at a time
	// Disk returns the bytes that the installation has on disk, Memory what its
	// processes have for themselves. Nil: not measured.
	Disk, Memory func(ctx context.Context) (int64, error)
	// Own: Memory is that of processes which tenants have for themselves, and counts in
	// full.
	Own bool
	// Finish does what a level needs to serve a tenant that was made, which is part of
	// making it; nil: nothing.
	Finish func(ctx context.Context, t *tenant.Tenant) (*tenant.Tenant, error)
	// Ask gets the page of one poll from the application that serves a tenant; nil:
	// requests are not measured.
	Ask func(ctx context.Context, t *tenant.Tenant, poll int) error
	// Told hears what is being done.
	Told func(string)
}

// Figures is what one level costs. Bytes are those of one tenant, its share of what
// all of them need; nil where they could not be measured.
type Figures struct {
	Level    string        `json:"level"`
	Tenants  int           `json:"tenants"`
	Create   time.Duration `json:"create_ns"` // median
	Reads    float64       `json:"reads_per_second"`
	Writes   float64       `json:"writes_per_second"`
	Requests *float64      `json:"requests_per_second"`
	Disk     *int64        `json:"disk_bytes"`
	Indexes  *int64        `json:"index_bytes"`
	Memory   *int64        `json:"memory_bytes"`
}

// Measure makes tenants in an empty house that has the sample application's
// migrations, uses them, and returns what that cost.
func Measure(ctx context.Context, h *rowhouse.House, level string, o Options) (Figures, error) {
	m := &measure{house: h, o: o, figures: Figures{Level: level, Tenants: o.Tenants}}
	for _, step := range []func(context.Context) error{m.weigh, m.create, m.fill, m.weighAgain, m.read, m.ask, m.remember, m.write} {
		if err := step(ctx); err != nil {
			return m.figures, fmt.Errorf("measure level %s: %w", level, err)
		}
	}
	return m.figures, nil
}

// measure is one that is under way.
type measure struct {
	house   *rowhouse.House
	o       Options
	tenants []*tenant.Tenant
	figures Figures
	disk    int64 // before
	memory  int64 // before
}

func (m *measure) create(ctx context.Context) error {
	m.o.Told(fmt.Sprintf("%s: making %d tenants", m.figures.Level, m.o.Tenants))
	took := make([]time.Duration, m.o.Tenants)
	for i := range took {
		begin := time.Now()
		t, err := m.createOne(ctx, fmt.Sprintf("bench-%d", i+1))
		if err != nil {
			return err
		}
		took[i] = time.Since(begin)
		m.tenants = append(m.tenants, t)
	}
	m.figures.Create = median(took)
	return nil
}

func (m *measure) createOne(ctx context.Context, slug string) (*tenant.Tenant, error) {
	t, err := m.house.Lifecycle().Create(ctx, lifecycle.New{Slug: slug})
	if err != nil || m.o.Finish == nil {
		return t, err
	}
	return m.o.Finish(ctx, t)
}

// firstID is out of the way of the ids that the tables give.
const firstID = 1 << 40

// fill gives every tenant the same rows, with the same ids.
func (m *measure) fill(ctx context.Context) error {
	m.o.Told(fmt.Sprintf("%s: %d rows each", m.figures.Level, m.o.Rows))
	for _, t := range m.tenants {
		if err := m.fillOne(tenant.NewContext(ctx, t)); err != nil {
			return fmt.Errorf("fill %s: %w", t.Slug, err)
		}
	}
	return nil
}

func (m *measure) fillOne(ctx context.Context) error {
	tx, err := m.house.SQL().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	_, err = tx.ExecContext(ctx, "INSERT INTO users (id, username, password) VALUES ($1, 'bench', '')", firstID)
	if err != nil {
		return err
	}
	for i := range m.o.Rows {
		_, err := tx.ExecContext(ctx, "INSERT INTO polls (id, question, created_by) VALUES ($1, $2, $3)",
			firstID+i, "What would somebody ask here?", firstID)
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}
