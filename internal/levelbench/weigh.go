package levelbench

import (
	"context"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// weigh notes what the empty house has.
func (m *measure) weigh(ctx context.Context) (err error) {
	if m.o.Disk != nil {
		if m.disk, err = m.o.Disk(ctx); err != nil {
			return err
		}
	}
	return nil
}

// weighAgain gives each tenant its share of what has been added on disk, and notes the
// memory before anything is read.
func (m *measure) weighAgain(ctx context.Context) (err error) {
	if m.o.Disk != nil {
		now, err := m.o.Disk(ctx)
		if err != nil {
			return err
		}
		m.figures.Disk = m.share(now - m.disk)
	}
	if m.o.Memory != nil && !m.o.Own {
		if err := m.warm(ctx); err != nil {
			return err
		}
		if m.memory, err = m.o.Memory(ctx); err != nil {
			return err
		}
	}
	m.figures.Indexes = m.indexes(ctx)
	return nil
}

// remember gives each tenant its share of the memory that reading and asking took.
func (m *measure) remember(ctx context.Context) error {
	if m.o.Memory == nil {
		return nil
	}
	now, err := m.o.Memory(ctx)
	if err != nil {
		return err
	}
	m.figures.Memory = m.share(now - m.memory)
	return nil
}

func (m *measure) share(bytes int64) *int64 {
	each := max(bytes, 0) / int64(len(m.tenants))
	return &each
}

// The size of the indexes beside the tenant's table of polls.
const (
	postgresIndexes = `SELECT coalesce(sum(pg_indexes_size(oid)), 0)::bigint FROM pg_class
WHERE relkind = 'r' AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'polls'::regclass)`
	sqliteIndexes = `SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE type = 'index')`
)

// indexes is a tenant's share of the indexes, nil where the engine does not tell.
func (m *measure) indexes(ctx context.Context) *int64 {
	t := m.tenants[0]
	ctx = tenant.NewContext(ctx, t)
	for _, query := range []string{postgresIndexes, sqliteIndexes} {
		var bytes int64
		if m.house.SQL().QueryRowContext(ctx, query).Scan(&bytes) != nil {
			continue
		}
		if t.Placement.Level == tenant.Row { // they are everybody's
			return m.share(bytes)
		}
		return &bytes
	}
	return nil
}
