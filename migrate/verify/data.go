package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/migrate/scratch"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// furnish runs the fixture in each tenant and asks for the rows.
func (c Config) furnish(ctx context.Context, street *scratch.Street, r *Report) error {
	for _, t := range street.Tenants {
		if c.Fixture != "" {
			err := c.inside(ctx, street, t, func(conn *pgx.Conn) error {
				_, err := conn.PgConn().Exec(ctx, c.Fixture).ReadAll()
				return err
			})
			if err != nil {
				return fmt.Errorf("verify: the fixture at version %d: %w", c.From, err)
			}
		}
		if c.Expect != "" {
			r.Data = append(r.Data, Data{Tenant: t.Slug})
		}
	}
	return c.ask(ctx, street, r, func(d *Data, rows []string) { d.Before = rows })
}

// ask runs the query in each tenant.
func (c Config) ask(ctx context.Context, street *scratch.Street, r *Report, keep func(*Data, []string)) error {
	for i := range r.Data {
		err := c.inside(ctx, street, street.Tenants[i], func(conn *pgx.Conn) error {
			rows, _ := conn.Query(ctx, c.Expect, pgx.QueryExecModeSimpleProtocol)
			lines, err := pgx.CollectRows(rows, line)
			slices.Sort(lines)
			keep(&r.Data[i], lines)
			return err
		})
		if err != nil {
			return fmt.Errorf("verify: the expected rows of tenant %s: %w", r.Data[i].Tenant, err)
		}
	}
	return nil
}

// inside runs f on a connection of its own that is in a tenant. Where it shares its
// tables, whoever migrates would see everybody's rows.
func (c Config) inside(ctx context.Context, street *scratch.Street, t *tenant.Tenant, f func(*pgx.Conn) error) error {
	return street.Within(ctx, c.Names.Path(t.Placement.Schema), func(conn *pgx.Conn) error {
		if pooling, ok := c.Level.(migrate.Pooling); ok {
			enter := fmt.Sprintf("SET %s = '%s'; SET ROLE %s", row.Setting, t.ID, ident.Quote(pooling.Role()))
			if _, err := conn.PgConn().Exec(ctx, enter).ReadAll(); err != nil {
				return err
			}
		}
		return f(conn)
	})
}

// line is a row as the server writes it. NULL is not the word.
func line(row pgx.CollectableRow) (string, error) {
	var cells []string
	for _, value := range row.RawValues() {
		cell := `\N`
		if value != nil {
			cell = string(value)
		}
		cells = append(cells, cell)
	}
	return strings.Join(cells, " | "), nil
}
