package migrate

import (
	"fmt"
	"time"
)

// Limits bound what a run may wait for and what it may take. The zero value sets
// none: the server's own settings hold.
type Limits struct {
	// Lock is how long a statement waits for a lock. Then the tenant's transaction
	// is taken back, so that those who queued up behind it go on, and it is tried
	// again later.
	Lock time.Duration
	// Tries is how often that is done for one migration; 0 means 10. A file without
	// a transaction is not tried again: it would not begin where it stopped.
	Tries int
	// Statement is how long one statement may take.
	Statement time.Duration
}

// The SQLSTATEs of a transaction that another one kept from its locks.
const (
	stateNoLock   = "55P03"
	stateDeadlock = "40P01"
)

// set returns the statement that puts the limits into force, for the transaction or
// for the session; "" where there are none.
func (l Limits) set(local bool) string {
	var sql string
	for _, s := range []struct {
		name  string
		limit time.Duration
	}{{"lock_timeout", l.Lock}, {"statement_timeout", l.Statement}} {
		if s.limit <= 0 {
			continue
		}
		if sql != "" {
			sql += ", "
		}
		// 0 would mean no limit.
		sql += fmt.Sprintf("set_config('%s', '%dms', %t)", s.name, max(s.limit.Milliseconds(), 1), local)
	}
	if sql == "" {
		return ""
	}
	return "SELECT " + sql
}

// tries returns how often a transaction that met this condition is begun in all.
func (l Limits) tries(state string) int {
	const usual = 10
	switch {
	case state == stateNoLock && l.Lock <= 0:
		return 1 // somebody else's limit, or a NOWAIT: not ours to override
	case l.Tries > 0:
		return l.Tries
	}
	return usual
}
