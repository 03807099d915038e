package isolationtest

import (
	"slices"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// visibility: with equal ids everywhere each tenant sees its own rows, by every road.
func visibility(s *stage) {
	door, a, b := s.open(2), s.create("a"), s.create("b")
	for name, query := range map[string]string{
		"by key":     "SELECT DISTINCT owner FROM notes WHERE id = $1",
		"all":        "SELECT DISTINCT owner FROM notes WHERE id >= $1",
		"join":       "SELECT DISTINCT x.owner FROM notes AS x JOIN notes AS y ON y.id >= x.id WHERE x.id = $1",
		"subselect":  "SELECT DISTINCT owner FROM notes WHERE id IN (SELECT id FROM notes WHERE id = $1)",
		"cte":        "WITH w AS (SELECT * FROM notes) SELECT DISTINCT owner FROM w WHERE id = $1",
		"aggregate":  "SELECT max(owner) FROM notes WHERE id >= $1 GROUP BY owner",
		"lock":       "SELECT owner FROM notes WHERE id = $1 FOR UPDATE",
		"returning":  "UPDATE notes SET n = n WHERE id = $1 RETURNING owner",
		"with plans": "SELECT DISTINCT owner FROM notes, plans WHERE id = $1",
	} {
		s.part(name, func(s *stage) {
			for _, t := range []*tenant.Tenant{a, b, a} {
				got, err := column(s.as(t), door, query, 1)
				if err != nil || !slices.Equal(got, []any{t.ID.String()}) {
					s.Errorf("%s reads %v, %v", t.Slug, got, err)
				}
			}
		})
	}
	s.part("rows are counted once", func(s *stage) { s.sameCount(door, a, b) })
	s.part("contexts nest", func(s *stage) {
		inner := tenant.NewContext(s.as(a), b)
		if got, err := owner(inner, door); err != nil || got != b.ID.String() {
			s.Errorf("the inner context reads %s, %v", got, err)
		}
		s.sees(door, a)
	})
	s.part("one transaction, one tenant", func(s *stage) { s.interleaved(door, a, b) })
}

func (s *stage) sameCount(door Door, a, b *tenant.Tenant) {
	s.exec(door, s.as(a), "INSERT INTO notes (id, owner) VALUES (100, $1)", a.ID.String())
	for t, want := range map[*tenant.Tenant]int64{a: notes + 1, b: notes} {
		got, err := column(s.as(t), door, "SELECT count(*) FROM notes")
		if err != nil || !slices.Equal(got, []any{want}) {
			s.Errorf("%s counts %v notes, want %d (%v)", t.Slug, got, want, err)
		}
	}
}

// interleaved has two transactions open at once.
func (s *stage) interleaved(door Door, a, b *tenant.Tenant) {
	first, second := s.begin(door, a), s.begin(door, b)
	for range 2 {
		s.sees(first, a)
		s.sees(second, b)
	}
	s.must("commit", first.Commit(s.as(a)))
	s.sees(second, b)
	s.must("commit", second.Commit(s.as(b)))
}
