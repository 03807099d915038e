package registry

import (
	"context"
	"fmt"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// The rows are locked in the order of their ids, so that two runners that report
// the same tenants do not lock each other out.
const setVersions = `WITH v AS (
 SELECT t.id, n.version FROM rowhouse.tenants AS t
 JOIN unnest($1::text[]::uuid[], $2::bigint[]) AS n(id, version) ON n.id = t.id AND n.version <> t.version
 ORDER BY t.id FOR NO KEY UPDATE OF t
), u AS (
 UPDATE rowhouse.tenants AS t SET version = v.version, changed_in = pg_current_xact_id()
 FROM v WHERE v.id = t.id RETURNING t.id
)
SELECT pg_notify('` + Channel + `', id::text) FROM u`

// SetVersions implements [Store]: one statement for any number of tenants.
func (p *Postgres) SetVersions(ctx context.Context, versions map[tenant.ID]int64) error {
	ids, numbers := make([]string, 0, len(versions)), make([]int64, 0, len(versions))
	for id, version := range versions {
		ids, numbers = append(ids, id.String()), append(numbers, version)
	}
	if _, err := p.db.Exec(ctx, setVersions, ids, numbers); err != nil {
		return fmt.Errorf("registry: set the versions of %d tenants: %w", len(versions), err)
	}
	return nil
}
