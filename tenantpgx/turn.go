package tenantpgx

import (
	"context"
	"fmt"
)

// settle fires what is deferred, then defers again what the tenant's tables defer: SET
// CONSTRAINTS knows no way back. What depends on the schema is few, and has an index.
const settle = `DO $$ DECLARE later text; BEGIN
SET CONSTRAINTS ALL IMMEDIATE;
SELECT 'SET CONSTRAINTS ' || string_agg(DISTINCT format('%I.%I', n.nspname, c.conname), ', ') || ' DEFERRED' INTO later
FROM pg_namespace n JOIN pg_depend d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid AND d.classid = 'pg_class'::regclass
JOIN pg_constraint c ON c.conrelid = d.objid
WHERE n.nspname = ANY (current_schemas(false)) AND c.condeferred
AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conname = c.conname AND o.connamespace = c.connamespace AND NOT o.condeferrable);
IF later IS NOT NULL THEN EXECUTE later; END IF;
END $$`

// leave ends the turn of the tenant before: its deferred triggers must find what is its
// own, and not what is this one's.
func (i InTx) leave(ctx context.Context) error {
	if i.across == nil || i.across.last == i.home.id {
		return nil
	}
	if !i.across.last.IsZero() {
		if err := i.tx.control(ctx, settle); err != nil {
			return fmt.Errorf("what was deferred before the turn of tenant %s: %w", i.home.slug, err)
		}
	}
	i.across.last = i.home.id
	return nil
}
