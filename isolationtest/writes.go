package isolationtest

import (
	"slices"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// writes reach the tenant's own rows, once, and a nil error means that they stay.
func writes(s *stage) {
	s.part("own rows only", ownRowsOnly)
	s.part("once", writtenOnce)
	s.part("success means committed", successMeansCommitted)
	s.part("transaction", writesInTransaction)
	s.part("copy", copies)
}

func ownRowsOnly(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	for _, write := range []string{
		"INSERT INTO notes (id, owner) VALUES (7, 'x')",
		"UPDATE notes SET body = 'x', n = 9",
		"INSERT INTO notes (id, owner) VALUES (1, 'x') ON CONFLICT ON CONSTRAINT notes_pkey DO UPDATE SET body = 'y'",
		"DELETE FROM notes WHERE id > 2",
		"WITH gone AS (DELETE FROM notes RETURNING id) INSERT INTO replies SELECT 1, 1 FROM gone WHERE false",
	} {
		s.exec(door, s.as(a), write)
		s.untouched(b)
	}
	got, err := column(s.as(a), door, "SELECT count(*) FROM notes")
	if err != nil || !slices.Equal(got, []any{int64(0)}) {
		s.Errorf("%s has %v notes left, %v", a.Slug, got, err)
	}
}

// writtenOnce includes the statement that finds the tenant moved and is sent again.
func writtenOnce(s *stage) {
	door, a := s.open(2), s.create("a")
	const count = "UPDATE notes SET n = n + 1 WHERE id = 1"
	for range 3 {
		affected, err := door.Exec(s.as(a), count)
		if err != nil || affected != 1 {
			s.Errorf("%d rows affected, %v", affected, err)
		}
	}
	s.counted(door, a, 3)
	s.must("move", s.target.Street.Move(s.Context(), a, nil))
	s.exec(door, s.as(a), count)
	s.counted(door, a, 4)
	// A failure that no retry can mend: the statement was executed, or it was not.
	_, err := door.Exec(s.as(a), "WITH c AS (UPDATE notes SET n = n + 1 WHERE id = 1 RETURNING n) SELECT 1 / (n - n) FROM c")
	if err == nil {
		s.Errorf("a division by zero succeeds")
	}
	s.counted(door, a, 4)
}

// successMeansCommitted: a deferred constraint fails when all rows were already read.
func successMeansCommitted(s *stage) {
	door, a := s.open(1), s.create("a")
	const orphan = "INSERT INTO replies VALUES (1, 999)"
	if _, err := door.Exec(s.as(a), orphan); err == nil {
		s.Errorf("exec: an orphan is stored, it seems")
	}
	if _, err := column(s.as(a), door, orphan+" RETURNING id"); err == nil {
		s.Errorf("query: an orphan is stored, it seems")
	}
	tx := s.begin(door, a)
	s.exec(tx, s.as(a), orphan)
	if err := tx.Commit(s.as(a)); err == nil {
		s.Errorf("commit: an orphan is stored, it seems")
	}
	got, err := column(s.as(a), door, "SELECT id FROM replies")
	if err != nil || len(got) != 0 {
		s.Errorf("replies %v, %v", got, err)
	}
}

func writesInTransaction(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	tx := s.begin(door, a)
	s.exec(tx, s.as(a), "UPDATE notes SET n = 1 WHERE id = 1")
	s.must("commit", tx.Commit(s.as(a)))
	tx = s.begin(door, a)
	s.exec(tx, s.as(a), "UPDATE notes SET n = 2 WHERE id = 1")
	s.must("rollback", tx.Rollback(s.as(a)))
	s.counted(door, a, 1)
	s.untouched(b)
	if _, err := tx.Exec(s.as(a), "UPDATE notes SET n = 3"); err == nil {
		s.Errorf("a transaction that ended still writes")
	}
	s.counted(door, a, 1)
}

func copies(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	in, ok := door.(Copier)
	if !ok {
		return // this door has no COPY
	}
	for _, t := range []*tenant.Tenant{a, b, a} {
		n, err := in.Copy(s.as(t), "entries", []string{"owner", "mark"}, [][]any{{t.ID.String(), "x"}, {t.ID.String(), "y"}})
		if err != nil || n != 2 {
			s.Fatalf("copied %d, %v", n, err)
		}
	}
	for t, want := range map[*tenant.Tenant]int64{a: 4, b: 2} {
		got, err := column(s.as(t), door, "SELECT count(*) FROM entries WHERE owner = $1", t.ID.String())
		if err != nil || !slices.Equal(got, []any{want}) {
			s.Errorf("%s has %v entries, want %d (%v)", t.Slug, got, want, err)
		}
	}
}
