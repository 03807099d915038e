package isolationtest_test

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/silo"
	"github.com/rowhouse-go/rowhouse/isolationtest"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// TestSiloLevel tries the doors as operators use them: each tenant has a server of its
// own. With ROWHOUSE_PROOF=1 it is all of the suite.
func TestSiloLevel(t *testing.T) {
	t.Parallel()
	doors, groups := []string{plainDoor}, []string{"lifecycle", "visibility", "writes", "no tenant"}
	if pgtest.Proof() {
		doors, groups = []string{plainDoor, "pgx simple protocol", "pgx batch", "sql"}, isolationtest.Groups()
	}
	servers := &farm{t: t}
	for _, door := range doors {
		t.Run(door, func(t *testing.T) {
			street := newStreet(t, servers.config(t))
			isolationtest.Run(t, isolationtest.Target{
				Street: street, Open: street.Doors()[door], Capabilities: street.Capabilities(),
				Load: isolationtest.Load{Goroutines: 20, Connections: 4, Tenants: 3, Statements: 6},
			}, groups...)
		})
	}
	t.Run("a door that leads to another server is caught", servers.isCaught)
}

// confused borrows from the first server that it has heard of, whose tenant it may be.
type confused struct {
	tenantpgx.Pools
	mu    sync.Mutex
	first string
}

func (c *confused) Acquire(ctx context.Context, server, database string) (*pgx.Conn, func(), error) {
	c.mu.Lock()
	c.first = cmp.Or(c.first, server)
	c.mu.Unlock()
	return c.Pools.Acquire(ctx, c.first, database)
}

// isCaught runs the saboteur of the silo level.
func (f *farm) isCaught(t *testing.T) {
	street := newStreet(t, f.config(t)).Through(func(p tenantpgx.Pools) tenantpgx.Pools { return &confused{Pools: p} })
	target := isolationtest.Target{Street: street, Open: street.Doors()[plainDoor], Patience: time.Second}
	if caught := isolationtest.Record(t.Context(), target, "writes").Failed(); len(caught) == 0 {
		t.Error("a door that leads to another tenant's server is not caught")
	}
}

// farm is database servers, each for one tenant at a time.
type farm struct {
	t    *testing.T
	mu   sync.Mutex
	idle []*pglocal.Cluster
}

func (f *farm) config(t *testing.T) isolationtest.StreetConfig {
	names := isolation.DefaultNames()
	return isolationtest.StreetConfig{URL: pgtest.Database(t), Level: silo.New(names), Names: names, Own: f.own}
}

// own lends a server until ctx ends. A tenant finds it empty: its database is new.
func (f *farm) own(ctx context.Context, id tenant.ID) (string, error) {
	cluster, err := f.take(ctx)
	if err != nil {
		return "", err
	}
	context.AfterFunc(ctx, func() { f.give(cluster) })
	conn, err := pgx.Connect(ctx, cluster.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	name := "t_" + strings.ReplaceAll(id.String(), "-", "")
	_, err = conn.Exec(ctx, "CREATE DATABASE "+ident.Quote(name))
	return cluster.URL(name), err
}

func (f *farm) take(ctx context.Context) (*pglocal.Cluster, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if last := len(f.idle) - 1; last >= 0 {
		cluster := f.idle[last]
		f.idle = f.idle[:last]
		return cluster, nil
	}
	cluster, err := pglocal.Start(ctx, pglocal.Options{Throwaway: true, Memory: true})
	if err == nil {
		f.t.Cleanup(func() { _ = cluster.Stop(context.WithoutCancel(f.t.Context())) })
	}
	return cluster, err
}

func (f *farm) give(cluster *pglocal.Cluster) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle = append(f.idle, cluster)
}
