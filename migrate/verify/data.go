package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/migrate/scratch"
)

// furnish runs the fixture in each tenant and asks for the rows.
func (c Config) furnish(ctx context.Context, street *scratch.Street, r *Report) error {
	for _, t := range street.Tenants {
		if c.Fixture != "" {
			if err := street.Exec(ctx, c.Names.Path(t.Placement.Schema), c.Fixture); err != nil {
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
		path := c.Names.Path(street.Tenants[i].Placement.Schema)
		err := street.Within(ctx, path, func(conn *pgx.Conn) error {
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
