package adopt

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/migrate"
)

// stamp writes into the ledger that a target has these migrations, in the transaction
// that makes it true.
func stamp(ctx context.Context, tx pgx.Tx, target string, source migrate.Source) error {
	for _, m := range source {
		_, err := tx.Exec(ctx, `INSERT INTO rowhouse.ledger (target, version, name, checksum, duration_ms)
VALUES ($1::text, $2::bigint, $3::text, $4::text, 0)
ON CONFLICT (target, version) DO UPDATE SET name = excluded.name, checksum = excluded.checksum`,
			target, m.Version, m.Name, m.Checksum)
		if err != nil {
			return err
		}
	}
	return nil
}
