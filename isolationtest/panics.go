package isolationtest

import (
	"database/sql/driver"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// panics: whoever panics gives back a clean connection and stores nothing.
func panics(s *stage) {
	for name, f := range map[string]func(*stage, Door, *tenant.Tenant){
		"while rows are open":       panicInRows,
		"in a transaction":          panicInTx,
		"in rows of a transaction":  panicInTxRows,
		"while arguments are read":  panicInArgs,
		"in arguments, transaction": panicInTxArgs,
	} {
		s.part(name, func(s *stage) {
			door, a, b := s.open(1), s.create("a"), s.create("b")
			for range 2 {
				s.panicked(func() { f(s, door, a) })
				s.sees(door, b)
			}
			s.untouched(a)
		})
	}
}

// panicked runs f as a server runs a handler.
func (s *stage) panicked(f func()) {
	s.Helper()
	defer func() {
		if recover() == nil {
			s.Errorf("nobody panicked")
		}
	}()
	f()
}

func panicInRows(s *stage, door Door, t *tenant.Tenant) {
	_ = door.Each(s.as(t), func([]any) error { panic("in rows") }, "SELECT n FROM generate_series(1, 20000) AS n")
}

func panicInTx(s *stage, door Door, t *tenant.Tenant) {
	tx := s.begin(door, t)
	defer tx.Rollback(s.as(t))
	s.exec(tx, s.as(t), "UPDATE notes SET body = 'x'")
	panic("in a transaction")
}

func panicInTxRows(s *stage, door Door, t *tenant.Tenant) {
	tx := s.begin(door, t)
	defer tx.Rollback(s.as(t))
	_ = tx.Each(s.as(t), func([]any) error { panic("in rows") }, "UPDATE notes SET body = 'x' RETURNING id")
}

// bomb is an argument that panics when it is encoded.
type bomb struct{}

func (bomb) Value() (driver.Value, error) { panic("in an argument") }

func panicInArgs(s *stage, door Door, t *tenant.Tenant) {
	_, err := door.Exec(s.as(t), "UPDATE notes SET body = $1", bomb{})
	s.Errorf("the argument was sent: %v", err)
}

func panicInTxArgs(s *stage, door Door, t *tenant.Tenant) {
	tx := s.begin(door, t)
	defer tx.Rollback(s.as(t))
	_, err := tx.Exec(s.as(t), "UPDATE notes SET body = $1", bomb{})
	s.Errorf("the argument was sent: %v", err)
}
