package pipe

import (
	"container/list"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// namedPerConn bounds the named statements of a connection. Each holds its plan in
// the server's memory.
const namedPerConn = 512

// prepared is what one connection has prepared: a bounded list, least recently
// used last. A statement is named when it is used for the second time, since
// preparing what runs once costs more than it saves. The key holds the tenant: a
// statement planned for one tenant's tables would be planned anew for the next.
type prepared struct {
	entries map[descriptionKey]*list.Element
	recent  *list.List // of *named
	last    int        // number in the newest name
	closing []string   // names that the server still has to forget
}

type named struct {
	key         descriptionKey
	description *pgconn.StatementDescription // nil: seen once, not prepared
}

const customKey = "rowhouse.prepared"

// preparedOn returns what conn has prepared.
func preparedOn(conn *pgconn.PgConn) *prepared {
	custom := conn.CustomData()
	p, ok := custom[customKey].(*prepared)
	if !ok {
		p = &prepared{entries: map[descriptionKey]*list.Element{}, recent: list.New()}
		custom[customKey] = p
	}
	return p
}

// get returns the description of a statement that is prepared. seen reports
// whether it was used before.
func (p *prepared) get(key descriptionKey) (description *pgconn.StatementDescription, seen bool) {
	e, ok := p.entries[key]
	if !ok {
		return nil, false
	}
	p.recent.MoveToFront(e)
	return e.Value.(*named).description, true
}

// see remembers that a statement was used. The least recently used one may have to
// go for it.
func (p *prepared) see(key descriptionKey) {
	p.entries[key] = p.recent.PushFront(&named{key: key})
	if p.recent.Len() > namedPerConn {
		p.drop(p.recent.Back())
	}
}

func (p *prepared) drop(e *list.Element) {
	n := p.recent.Remove(e).(*named)
	delete(p.entries, n.key)
	if n.description != nil {
		p.closing = append(p.closing, n.description.Name)
	}
}

// set records that a statement is prepared now.
func (p *prepared) set(key descriptionKey, description *pgconn.StatementDescription) {
	if e, ok := p.entries[key]; ok {
		e.Value.(*named).description = description
	}
}

// forget drops a statement whose plan or name the server does not have any more.
func (p *prepared) forget(key descriptionKey) {
	if e, ok := p.entries[key]; ok {
		p.drop(e)
	}
}

func (p *prepared) newName() string {
	p.last++
	return "rowhouse_" + strconv.Itoa(p.last)
}

// StalePlanError: what was remembered of a statement did not fit its tables any
// more. Nothing was executed; sent again, it is described anew.
type StalePlanError struct{ Err error }

func (e *StalePlanError) Error() string { return e.Err.Error() }

// Unwrap returns the server's error.
func (e *StalePlanError) Unwrap() error { return e.Err }

// stalePlan reports "cached plan must not change result type" (0A000), a name that
// the server does not know (26000), and formats for other columns than the
// statement has now (08P01).
func stalePlan(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "0A000" || pg.Code == "26000" || pg.Code == "08P01")
}

// deallocate closes what was dropped, in front of everything that may fail: the
// server passes over what follows an error.
func (r *Run) deallocate(p *prepared) {
	for _, name := range p.closing {
		r.pipeline.SendDeallocate(name)
	}
	r.closing = p
}
