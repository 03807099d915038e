package isolationtest

import (
	"errors"
	"slices"
)

// aborted: an error in a transaction ends it for good, and reaches the caller.
func aborted(s *stage) {
	s.part("nothing is stored", nothingIsStored)
	s.part("savepoint", abortedSavepoint)
	s.part("statement", abortedStatement)
}

func nothingIsStored(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	tx := s.begin(door, a)
	s.exec(tx, s.as(a), "UPDATE notes SET body = 'x'")
	if _, err := tx.Exec(s.as(a), "SELECT 1 / 0"); err == nil {
		s.Errorf("a division by zero succeeds")
	}
	if got, err := owner(s.as(a), tx); err == nil {
		s.Errorf("a failed transaction reads %s", got)
	}
	if err := tx.Commit(s.as(a)); err == nil {
		s.Errorf("a failed transaction commits")
	}
	s.sees(door, b)
	s.untouched(a)
}

func abortedSavepoint(s *stage) {
	door, a := s.open(1), s.create("a")
	tx := s.begin(door, a)
	s.exec(tx, s.as(a), "UPDATE notes SET n = 1 WHERE id = 1")
	inner, err := tx.Savepoint(s.as(a))
	if errors.Is(err, errors.ErrUnsupported) {
		s.must("rollback", tx.Rollback(s.as(a)))
		return
	}
	s.must("savepoint", err)
	s.exec(inner, s.as(a), "UPDATE notes SET n = 2 WHERE id = 1")
	_, _ = inner.Exec(s.as(a), "SELECT 1 / 0")
	s.must("rollback to the savepoint", inner.Rollback(s.as(a)))
	s.sees(tx, a)
	s.must("commit", tx.Commit(s.as(a)))
	s.counted(door, a, 1)
}

// abortedStatement: a statement is all or nothing.
func abortedStatement(s *stage) {
	door, a := s.open(1), s.create("a")
	rows := 0
	err := door.Each(s.as(a), func([]any) error { rows++; return nil },
		"INSERT INTO entries (owner, mark) SELECT 'x', (1 / (3 - n))::text FROM generate_series(1, 5) AS n RETURNING id")
	if err == nil {
		s.Errorf("a division by zero succeeds")
	}
	got, err := column(s.as(a), door, "SELECT count(*) FROM entries")
	if err != nil || !slices.Equal(got, []any{int64(0)}) {
		s.Errorf("%v rows of a failed statement stay, %v", got, err)
	}
}
