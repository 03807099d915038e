package isolationtest

import (
	"errors"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// lifecycleGroup follows a tenant through its stages, past a door that is open.
func lifecycleGroup(s *stage) {
	s.part("rename keeps the rows", renameKeepsRows)
	s.part("suspended is not served", suspendedIsNotServed)
	s.part("read-only refuses writes", readOnlyRefusesWrites)
	s.part("deleted is gone, its slug free", deletedIsGone)
	s.part("moved is followed", movedIsFollowed)
}

func renameKeepsRows(s *stage) {
	door, a := s.open(1), s.create("a")
	s.sees(door, a)
	s.must("rename", s.target.Street.Rename(s.Context(), a, s.slug("b")))
	s.sees(door, a)
}

func suspendedIsNotServed(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	s.sees(door, a)
	s.must("suspend", s.target.Street.Become(s.Context(), a, tenant.Suspended))
	_, err := owner(s.as(a), door)
	s.is("read while suspended", err, tenant.ErrStatus)
	_, err = door.Begin(s.as(a))
	s.is("begin while suspended", err, tenant.ErrStatus)
	s.sees(door, b)
	s.must("resume", s.target.Street.Become(s.Context(), a, tenant.Active))
	s.sees(door, a)
}

// readOnlyRefusesWrites: the mark is beside the data, and SQL cannot undo it.
func readOnlyRefusesWrites(s *stage) {
	door, a, b := s.open(1), s.create("a"), s.create("b")
	s.must("read-only", s.target.Street.Become(s.Context(), a, tenant.ReadOnly))
	s.sees(door, a)
	if _, err := door.Exec(s.as(a), "UPDATE notes SET n = 9"); err == nil {
		s.Errorf("a write of a read-only tenant succeeds")
	}
	for _, undo := range []string{
		"SET LOCAL transaction_read_only = off", "SET TRANSACTION READ WRITE",
		"SELECT set_config('transaction_read_only', 'off', true)",
	} {
		tx := s.begin(door, a)
		_, _ = tx.Exec(s.as(a), undo)
		if _, err := tx.Exec(s.as(a), "UPDATE notes SET n = 9"); err == nil {
			s.Errorf("after %s a write of a read-only tenant succeeds", undo)
		}
		_ = tx.Rollback(s.as(a))
	}
	s.exec(door, s.as(b), "UPDATE notes SET n = 1 WHERE id = 2")
	s.must("resume", s.target.Street.Become(s.Context(), a, tenant.Active))
	s.untouched(a)
	s.exec(door, s.as(a), "UPDATE notes SET n = 1 WHERE id = 2")
}

// deletedIsGone: neither who still knows the old tenant nor who knows the new one
// under the old slug finds the other's rows.
func deletedIsGone(s *stage) {
	door, a := s.open(1), s.create("a")
	s.exec(door, s.as(a), "UPDATE notes SET body = 'old'")
	s.must("delete", s.target.Street.Become(s.Context(), a, tenant.Deleting))
	s.gone(door, a)
	again := s.createAs(a.Slug)
	s.sees(door, again)
	s.untouched(again)
	s.gone(door, a)
}

// gone fails the test unless t is refused.
func (s *stage) gone(r Runner, t *tenant.Tenant) {
	s.Helper()
	got, err := owner(s.as(t), r)
	if !refused(err) {
		s.Errorf("%s, which is gone, reads %q, %v", t.Slug, got, err)
	}
	if _, err := r.Exec(s.as(t), "INSERT INTO entries (owner, mark) VALUES ($1, 'late')", t.ID.String()); !refused(err) {
		s.Errorf("%s, which is gone, writes: %v", t.Slug, err)
	}
}

// refused reports whether err says that the tenant is not served or not there.
func refused(err error) bool {
	return errors.Is(err, tenant.ErrStatus) || errors.Is(err, tenant.ErrNotFound) || errors.Is(err, tenant.ErrMoved)
}

func movedIsFollowed(s *stage) {
	door, a := s.open(1), s.create("a")
	for range 3 {
		s.sees(door, a)
		s.must("move", s.target.Street.Move(s.Context(), a, nil))
		s.exec(door, s.as(a), "UPDATE notes SET n = n + 1 WHERE id = 1")
	}
	s.counted(door, a, 3)
}

// counted fails the test unless n of t's note 1 is want.
func (s *stage) counted(r Runner, t *tenant.Tenant, want int64) {
	s.Helper()
	got, err := column(s.as(t), r, "SELECT n::bigint FROM notes WHERE id = 1")
	if err != nil || len(got) != 1 || got[0] != want {
		s.Errorf("%s counted %v, want %d (%v)", t.Slug, got, want, err)
	}
}
