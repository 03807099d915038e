package pipe

import (
	"container/list"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func newPrepared() *prepared {
	return &prepared{entries: map[descriptionKey]*list.Element{}, recent: list.New()}
}

// A statement belongs to its tenant: the same text in another schema is unknown.
func TestPreparedIsPerTenant(t *testing.T) {
	t.Parallel()
	p := newPrepared()
	a, b := descriptionKey{Scope{Schema: "a"}, "SELECT 1"}, descriptionKey{Scope{Schema: "b"}, "SELECT 1"}
	p.see(a)
	p.set(a, &pgconn.StatementDescription{Name: "of a"})
	if d, seen := p.get(b); seen || d != nil {
		t.Errorf("b finds %v", d)
	}
	if d, seen := p.get(a); !seen || d.Name != "of a" {
		t.Errorf("a finds %v, %v", d, seen)
	}
	newer := a
	newer.scope.Version = 2
	if _, seen := p.get(newer); seen {
		t.Error("a statement outlives a migration")
	}
}

func TestPreparedIsBounded(t *testing.T) {
	t.Parallel()
	p := newPrepared()
	for i := range 3 * namedPerConn {
		key := descriptionKey{sql: fmt.Sprint(i)}
		p.see(key)
		p.set(key, &pgconn.StatementDescription{Name: fmt.Sprint("name ", i)})
		p.get(descriptionKey{sql: "0"}) // stays because it is used
	}
	if len(p.closing) != 2*namedPerConn || p.closing[0] != "name 1" || p.closing[1] != "name 2" {
		t.Errorf("%d go, the first are %q", len(p.closing), p.closing[:2])
	}
	if len(p.entries) != namedPerConn || p.recent.Len() != namedPerConn {
		t.Errorf("%d entries, %d in the list", len(p.entries), p.recent.Len())
	}
}

func TestForgottenIsUnknown(t *testing.T) {
	t.Parallel()
	p, key := newPrepared(), descriptionKey{sql: "SELECT 1"}
	p.forget(key)
	p.see(key)
	p.set(key, &pgconn.StatementDescription{Name: "one"})
	p.forget(key)
	if len(p.closing) != 1 || p.closing[0] != "one" {
		t.Errorf("the server is to forget %q", p.closing)
	}
	if _, seen := p.get(key); seen {
		t.Error("still there")
	}
	p.set(key, &pgconn.StatementDescription{Name: "late"}) // its entry went meanwhile
	if _, seen := p.get(key); seen {
		t.Error("came back")
	}
}

func TestAlikeLooksAtTypes(t *testing.T) {
	t.Parallel()
	d := func(param, field uint32) *pgconn.StatementDescription {
		return &pgconn.StatementDescription{ParamOIDs: []uint32{param}, Fields: []pgconn.FieldDescription{{DataTypeOID: field}}}
	}
	if !alike(d(23, 25), d(23, 25)) || alike(d(23, 25), d(20, 25)) || alike(d(23, 25), d(23, 20)) || alike(d(23, 25), &pgconn.StatementDescription{}) {
		t.Error("alike is wrong")
	}
}
