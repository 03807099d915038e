package isolation

import (
	"strconv"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Lock returns the statement that takes a tenant's lock exclusively until the
// transaction ends: nobody is inside, nobody enters. Run it with a lock_timeout
// below the pause that callers may notice, and retry.
func Lock(id tenant.ID) Statement {
	return Statement{
		SQL:  "SELECT pg_advisory_xact_lock($1::text::bigint)",
		Args: []string{strconv.FormatInt(ident.LockKey(id), 10)},
	}
}

// ReadOnly returns the statement that sets or removes a tenant's read-only mark
// in the database that holds its data. Run it under [Lock], so that no writer is
// inside when it commits.
func ReadOnly(id tenant.ID, on bool) Statement {
	marker := ident.Quote(ident.ReadOnlyMarker(id))
	if on {
		return Statement{SQL: "CREATE SCHEMA IF NOT EXISTS " + marker}
	}
	return Statement{SQL: "DROP SCHEMA IF EXISTS " + marker}
}
