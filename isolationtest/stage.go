package isolationtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// stage is what a group works with.
type stage struct {
	T
	target Target
}

func newStage(t T, target Target) *stage {
	if target.Patience == 0 {
		target.Patience = 20 * time.Second
	}
	if target.Load == (Load{}) {
		target.Load = ShortLoad()
	}
	return &stage{T: t, target: target}
}

// can reports whether the level has a capability.
func (s *stage) can(which func(isolation.Capabilities) isolation.Capability) bool {
	return s.target.Capabilities == (isolation.Capabilities{}) || which(s.target.Capabilities).Supported
}

// ownTables reports whether a tenant's tables can differ from its neighbour's.
func (s *stage) ownTables() bool {
	return s.can(func(c isolation.Capabilities) isolation.Capability { return c.OwnMigrations })
}

// part runs f as a subtest.
func (s *stage) part(name string, f func(*stage)) {
	s.Helper()
	s.Run(name, func(t T) { f(&stage{T: t, target: s.target}) })
}

// open opens the door over conns connections, and checks at the end that all of them
// were given back.
func (s *stage) open(conns int) Door {
	s.Helper()
	door, behind := s.target.Open(s.T, conns)
	s.Cleanup(func() { s.givenBack(behind) })
	return door
}

func (s *stage) givenBack(behind Connections) {
	s.Helper()
	settled := time.Now().Add(2 * time.Second)
	for behind.InUse() > 0 && time.Now().Before(settled) {
		time.Sleep(time.Millisecond) // database/sql gives back from goroutines of its own
	}
	if n := behind.InUse(); n > 0 {
		s.Errorf("%d connections were never given back", n)
	}
}

// clean fails the test where a connection is held or has something left in it.
func (s *stage) clean(behind Connections) {
	s.Helper()
	s.givenBack(behind)
	ctx, cancel := context.WithTimeout(context.Background(), s.target.Patience)
	defer cancel()
	found, err := behind.Leftovers(ctx)
	if err != nil {
		s.Errorf("look into the sessions: %v", err)
	}
	for _, f := range found {
		s.Errorf("left in a session: %s", f)
	}
}

// closePool gives up on connections that nobody gives back.
func closePool(t T, set *pools.Set) {
	closed := make(chan struct{})
	go func() { set.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(2 * time.Second):
		t.Errorf("the pool does not close: a connection was not given back")
	}
}

// slug returns a slug that no other test has.
func (s *stage) slug(begin string) string {
	return begin + "-" + strings.ToLower(rand.Text()[:10])
}

// create makes a tenant.
func (s *stage) create(begin string) *tenant.Tenant {
	s.Helper()
	return s.createAs(s.slug(begin))
}

func (s *stage) createAs(slug string) *tenant.Tenant {
	s.Helper()
	t, err := s.target.Street.Create(s.Context(), slug)
	if err != nil {
		s.Fatalf("create %s: %v", slug, err)
	}
	return t
}

// as returns a context that names t and ends when patience does.
func (s *stage) as(t *tenant.Tenant) context.Context {
	ctx, cancel := context.WithTimeout(s.Context(), s.target.Patience)
	s.Cleanup(cancel)
	return tenant.NewContext(ctx, t)
}

// column returns the first column of a query.
func column(ctx context.Context, r Runner, sql string, args ...any) ([]any, error) {
	var values []any
	err := r.Each(ctx, func(row []any) error { values = append(values, row[0]); return nil }, sql, args...)
	return values, err
}

// owner returns whose note is seen at id 1.
func owner(ctx context.Context, r Runner) (string, error) {
	found, err := column(ctx, r, "SELECT owner FROM notes WHERE id = $1", 1)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(found...), nil
}

// sees fails the test unless r sees t's rows.
func (s *stage) sees(r Runner, t *tenant.Tenant) {
	s.Helper()
	got, err := owner(s.as(t), r)
	if err != nil {
		s.Errorf("%s reads: %v", t.Slug, err)
	} else if got != t.ID.String() {
		s.Errorf("%s reads a row of %s", t.Slug, got)
	}
}

// untouched fails the test unless t's notes are those of the fixture.
func (s *stage) untouched(t *tenant.Tenant) {
	s.Helper()
	door, _ := s.target.Open(s.T, 1)
	got, err := column(s.as(t), door, "SELECT owner || n::text || body FROM notes ORDER BY id")
	if err != nil || !slices.Equal(got, slices.Repeat([]any{t.ID.String() + "0"}, notes)) {
		s.Errorf("%s was changed: %v, %v", t.Slug, got, err)
	}
}

// must fails the test on an error.
func (s *stage) must(what string, err error) {
	s.Helper()
	if err != nil {
		s.Fatalf("%s: %v", what, err)
	}
}

// is fails the test unless err is want.
func (s *stage) is(what string, err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func (s *stage) exec(r Runner, ctx context.Context, sql string, args ...any) {
	s.Helper()
	if _, err := r.Exec(ctx, sql, args...); err != nil {
		s.Fatalf("%s: %v", sql, err)
	}
}

func (s *stage) begin(door Door, t *tenant.Tenant) Tx {
	s.Helper()
	tx, err := door.Begin(s.as(t))
	if err != nil {
		s.Fatalf("begin for %s: %v", t.Slug, err)
	}
	return tx
}
