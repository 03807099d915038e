package isolationtest

import (
	"context"
	"errors"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// poolReuse has tenants take turns on one connection: whatever the one did, the next
// sees its own rows, and the session is as it was.
func poolReuse(s *stage) {
	for name, use := range map[string]func(*stage, Door, *tenant.Tenant){
		"statement":   func(s *stage, door Door, t *tenant.Tenant) { s.sees(door, t) },
		"write":       func(s *stage, door Door, t *tenant.Tenant) { s.exec(door, s.as(t), "UPDATE notes SET n = n") },
		"error":       func(s *stage, door Door, t *tenant.Tenant) { _, _ = door.Exec(s.as(t), "SELECT 1 / 0") },
		"bad syntax":  func(s *stage, door Door, t *tenant.Tenant) { _, _ = door.Exec(s.as(t), "SELEC") },
		"bad args":    func(s *stage, door Door, t *tenant.Tenant) { _, _ = door.Exec(s.as(t), "SELECT $1::int", "x", 2) },
		"stopped":     useAndStop,
		"commit":      func(s *stage, door Door, t *tenant.Tenant) { s.use(door, t, Tx.Commit) },
		"rollback":    func(s *stage, door Door, t *tenant.Tenant) { s.use(door, t, Tx.Rollback) },
		"failed":      useAndFail,
		"savepoint":   useSavepoint,
		"copy":        useCopy,
		"late caller": useLate,
	} {
		s.part(name, func(s *stage) {
			door, behind := s.target.Open(s.T, 1)
			a, b := s.create("a"), s.create("b")
			for _, t := range []*tenant.Tenant{a, b, a} {
				use(s, door, t)
				s.sees(door, b)
				use(s, door, t)
				s.sees(door, a)
			}
			s.clean(behind)
		})
	}
}

// useAndStop leaves most rows unread.
func useAndStop(s *stage, door Door, t *tenant.Tenant) {
	enough := errors.New("enough")
	err := door.Each(s.as(t), func([]any) error { return enough }, "SELECT n FROM generate_series(1, 20000) AS n")
	s.is("stopped", err, enough)
}

func useCopy(s *stage, door Door, t *tenant.Tenant) {
	in, ok := door.(Copier)
	if !ok {
		return
	}
	_, err := in.Copy(s.as(t), "entries", []string{"owner", "mark"}, [][]any{{t.ID.String(), "copied"}})
	s.must("copy", err)
	_, err = in.Copy(s.as(t), "entries", []string{"owner"}, [][]any{{"too", "many"}})
	if err == nil {
		s.Errorf("two values for one column are copied")
	}
}

// use runs a transaction with settings of its own.
func (s *stage) use(door Door, t *tenant.Tenant, end func(Tx, context.Context) error) {
	tx := s.begin(door, t)
	s.exec(tx, s.as(t), "SET LOCAL statement_timeout = '10min'")
	s.sees(tx, t)
	s.must("end", end(tx, s.as(t)))
}

func useAndFail(s *stage, door Door, t *tenant.Tenant) {
	tx := s.begin(door, t)
	_, _ = tx.Exec(s.as(t), "SELECT 1 / 0")
	s.must("rollback", tx.Rollback(s.as(t)))
}

// useSavepoint: rolling back to a savepoint reverts settings too, but never the tenant.
func useSavepoint(s *stage, door Door, t *tenant.Tenant) {
	tx := s.begin(door, t)
	for _, end := range []func(Tx, context.Context) error{Tx.Rollback, Tx.Commit} {
		inner, err := tx.Savepoint(s.as(t))
		if errors.Is(err, errors.ErrUnsupported) {
			break
		}
		s.must("savepoint", err)
		s.sees(inner, t)
		s.must("end of the savepoint", end(inner, s.as(t)))
		s.sees(tx, t)
	}
	s.must("commit", tx.Commit(s.as(t)))
}

// useLate keeps what a transaction handed out and uses it when the connection is
// somebody else's.
func useLate(s *stage, door Door, t *tenant.Tenant) {
	other := s.create("late")
	tx := s.begin(door, t)
	inner, err := tx.Savepoint(s.as(t))
	s.must("commit", tx.Commit(s.as(t)))
	next := s.begin(door, other)
	for what, late := range map[string]Tx{"transaction": tx, "savepoint": inner} {
		if late == nil || (what == "savepoint" && err != nil) {
			continue
		}
		if got, err := owner(s.as(t), late); err == nil {
			s.Errorf("a %s that has ended reads %s", what, got)
		}
		_ = late.Rollback(s.as(t))
	}
	s.sees(next, other)
	s.must("commit", next.Commit(s.as(other)))
}
