package doctor

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/registry"
)

// migrations reports what is pending, and versions that the registry has wrong.
func (e *exam) migrations(ctx context.Context) error {
	h, err := rowhouse.Open(ctx, e.config)
	if err != nil {
		e.found(Problem, "migrations", "the configuration", "correct it, then run rowhouse doctor again", "%v", err)
		return nil
	}
	defer h.Close()
	status, err := h.Migrate().Status(ctx, registry.Filter{})
	if errors.Is(err, pools.ErrNoDirectURL) {
		return nil // reported as a finding about the pooler
	}
	if err != nil {
		e.found(Problem, "migrations", "the files", "correct what it says, then run rowhouse doctor again", "%v", err)
		return nil
	}
	if err := status.Errs(); err != nil {
		e.found(Problem, "migrations", "the fleet", "see rowhouse migrate status", "%v", err)
	} else if !status.Clean() {
		e.found(Warning, "migrations", "the fleet", "run rowhouse migrate up", "migrations are pending")
	}
	return e.projection(ctx)
}

const projection = `SELECT t.slug, t.version, coalesce(max(l.version), 0)
FROM rowhouse.tenants AS t LEFT JOIN rowhouse.ledger AS l ON l.target = CASE t.level WHEN 'row' THEN 'pooled' ELSE t.id::text END
WHERE t.server = $1 AND t.database = '' AND t.status IN ('active', 'read_only', 'suspended')
GROUP BY t.id, t.slug, t.version HAVING t.version <> coalesce(max(l.version), 0)
ORDER BY t.slug`

// projection compares the registry's versions with the ledger, which is right.
func (e *exam) projection(ctx context.Context) error {
	rows, _ := e.conn.Query(ctx, projection, rowhouse.Main)
	var slug string
	var registered, applied int64
	_, err := pgx.ForEachRow(rows, []any{&slug, &registered, &applied}, func() error {
		e.found(Warning, "ledger", "tenant "+slug, "run rowhouse migrate up, which writes the registry anew",
			"the registry has it at version %d, its ledger at %d", registered, applied)
		return nil
	})
	return err
}
