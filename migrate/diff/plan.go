package diff

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"

	pgdiff "github.com/stripe/pg-schema-diff/pkg/diff"

	"github.com/rowhouse-go/rowhouse/migrate/scratch"
)

// planned asks pg-schema-diff for the way from one database's state to another's.
func (d *differ) planned(ctx context.Context, from, to *scratch.Database) (plan pgdiff.Plan, err error) {
	schemas := []string{d.home.schema}
	err = from.SQL("", func(have *sql.DB) error {
		return to.SQL("", func(want *sql.DB) error {
			plan, err = pgdiff.Generate(ctx, pgdiff.DBSchemaSource(have), pgdiff.DBSchemaSource(want),
				pgdiff.WithIncludeSchemas(schemas...),
				pgdiff.WithDoNotValidatePlan(), // it is run on a copy, and compared
				pgdiff.WithNoConcurrentIndexOps(),
				pgdiff.WithLogger(silent{}),
				pgdiff.WithRandReader(bytes.NewReader(make([]byte, 1<<16))), // its temporary names do not stay
			)
			return err
		})
	})
	if err != nil {
		return plan, fmt.Errorf("diff: plan: %w", err)
	}
	return plan, nil
}

// silent is a logger for what is reported otherwise.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Infof(string, ...any)  {}
