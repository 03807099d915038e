package registry

import (
	"context"
	"embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/sqlstep"
)

//go:embed steps/*.sql
var stepFiles embed.FS

// Install makes schema rowhouse and its tables, or brings them up to date.
// Installing again does nothing, and programs that install at once wait for each
// other. A database that a newer rowhouse installed is an error that says so.
func (p *Postgres) Install(ctx context.Context) error {
	steps, err := sqlstep.Files(stepFiles, "steps")
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, p.db, func(tx pgx.Tx) error {
		_, err := sqlstep.Apply(ctx, sqlstep.Postgres(tx), "registry", steps)
		return err
	})
	if err != nil {
		return fmt.Errorf("registry: install: %w", err)
	}
	return nil
}
