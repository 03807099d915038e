package isolation

import (
	"errors"
	"fmt"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Capability says whether a level can do something and, where it cannot or not
// quite, why.
type Capability struct {
	Supported bool
	Reason    string
}

// Yes is a capability without a condition.
func Yes() Capability { return Capability{Supported: true} }

// With is a capability under a condition, which the README's table prints.
func With(condition string) Capability { return Capability{Supported: true, Reason: condition} }

// No is a capability that a level lacks, with the reason.
func No(reason string) Capability { return Capability{Reason: reason} }

// Err returns nil for a supported capability; otherwise an error that is
// [errors.ErrUnsupported] and says which level lacks what, and why.
func (c Capability) Err(l tenant.Level, what string) error {
	if c.Supported {
		return nil
	}
	return fmt.Errorf("isolation level %s: %s: %s: %w", l, what, c.Reason, errors.ErrUnsupported)
}

// Capabilities is what a level can do. The README's feature table is made from it.
type Capabilities struct {
	Transactions  Capability // BEGIN, savepoints, isolation levels
	CopyFrom      Capability // COPY FROM through the door
	CopyAsInserts bool       // the door has to send the rows of CopyFrom as inserts
	Prepared      Capability // prepared statements of database/sql
	SharedTables  Capability // unqualified reads of shared tables
	SharedKeys    Capability // foreign keys from tenant to shared tables
	Across        Capability // one transaction over several tenants
	OwnMigrations Capability // a version of its own for each tenant
	Fence         Capability // a durable mark stops writers with a stale registry
	ReadOnly      Capability // enforced by the database
	Restore       Capability // deletion can be undone until it is purged

	// What plain SQL can do that shared tables take away.
	ConflictColumns Capability // ON CONFLICT (columns)
	GroupByKey      Capability // GROUP BY a primary key alone
	Truncate        Capability // TRUNCATE in a migration
	Materialized    Capability // materialized views
}
