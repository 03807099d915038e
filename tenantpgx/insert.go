package tenantpgx

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pipe"
)

// rowsPerMessage bounds what is held in memory, and what a cancellation waits for.
const rowsPerMessage = 500

// insert does what COPY FROM would: PostgreSQL has none for tables with row-level
// security. One statement is prepared and bound to each row, many rows a message.
func (c *core) insert(ctx context.Context, table pgx.Identifier, columns []string, source pgx.CopyFromSource) (copied int64, err error) {
	sql := insertSQL(table, columns)
	for more := true; more; {
		var rows []pipe.Statement
		for len(rows) < rowsPerMessage {
			if more = source.Next(); !more {
				break
			}
			values, err := source.Values()
			if err != nil {
				return 0, err
			}
			rows = append(rows, pipe.Statement{SQL: sql, Args: values})
		}
		n, err := c.insertRows(ctx, rows)
		if err != nil {
			return 0, fmt.Errorf("copy into %s: %w", table.Sanitize(), err)
		}
		copied += n
	}
	return copied, source.Err()
}

func (c *core) insertRows(ctx context.Context, rows []pipe.Statement) (inserted int64, err error) {
	if len(rows) == 0 {
		return 0, nil
	}
	results, err := c.session.Batch(ctx, rows, make([]*pgx.QueuedQuery, len(rows)))
	if err != nil {
		return 0, err
	}
	for range rows {
		tag, err := results.Exec()
		if err != nil {
			_ = results.Close()
			return 0, err
		}
		inserted += tag.RowsAffected()
	}
	return inserted, results.Close()
}

func insertSQL(table pgx.Identifier, columns []string) string {
	names, places := make([]string, len(columns)), make([]string, len(columns))
	for i, name := range columns {
		names[i], places[i] = ident.Quote(name), fmt.Sprintf("$%d", i+1)
	}
	return "INSERT INTO " + table.Sanitize() + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(places, ", ") + ")"
}
