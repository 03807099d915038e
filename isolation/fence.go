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
func ReadOnly(id tenant.ID, on bool) Statement { return mark(ident.ReadOnlyMarker(id), on) }

// Demolishing returns the statement that sets or removes the mark which says that
// dropping a tenant's data was begun. Set it before the first object goes, remove
// it when nothing is left or all is made anew: between, a crash leaves a part of a
// tenant, which must not be served.
func Demolishing(id tenant.ID, on bool) Statement { return mark(ident.DemolitionMarker(id), on) }

// BegunToDrop returns the query that tells whether the mark of [Demolishing] is set:
// one row, one boolean.
func BegunToDrop(id tenant.ID) Statement {
	return Statement{
		SQL:  "SELECT to_regnamespace($1) IS NOT NULL",
		Args: []string{ident.Quote(ident.DemolitionMarker(id))},
	}
}

func mark(name string, on bool) Statement {
	if on {
		return Statement{SQL: "CREATE SCHEMA IF NOT EXISTS " + ident.Quote(name)}
	}
	return Statement{SQL: "DROP SCHEMA IF EXISTS " + ident.Quote(name)}
}
