package registry

import (
	"context"
	"fmt"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// queryColumn is a column of the user's query; one without a name is missing.
type queryColumn struct{ name, sqlType string }

func (c queryColumn) quoted() string { return ident.Quote(c.name) }

// text is the column as text, or NULL where it is missing.
func (c queryColumn) text() string {
	if c.name == "" {
		return "NULL::text"
	}
	return "q." + c.quoted() + "::text"
}

type queryColumns struct {
	id, slug, name, status, schema, host, settings, labels queryColumn
}

// list returns what scan reads.
func (c *queryColumns) list() string {
	columns := []queryColumn{c.id, c.slug, c.name, c.status, c.schema, c.host, c.settings, c.labels}
	texts := make([]string, len(columns))
	for i, column := range columns {
		texts[i] = column.text()
	}
	return strings.Join(texts, ", ")
}

// slot returns where a column of that name goes, or nil.
func (c *queryColumns) slot(name string) *queryColumn {
	switch name {
	case "id":
		return &c.id
	case "slug", "subdomain":
		return &c.slug
	case "name":
		return &c.name
	case "status":
		return &c.status
	case "schema":
		return &c.schema
	case "host", "domain":
		return &c.host
	case "settings":
		return &c.settings
	case "labels":
		return &c.labels
	}
	return nil
}

// inspect asks the server which columns the query has, and checks them.
func (q *Query) inspect(ctx context.Context) error {
	rows, err := q.db.Query(ctx, "SELECT * FROM "+q.from()+" LIMIT 0")
	if err != nil {
		return err
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return err
	}
	for _, field := range rows.FieldDescriptions() {
		if err := q.column(ctx, field.Name, field.DataTypeOID); err != nil {
			return err
		}
	}
	if err := q.complete(); err != nil {
		return err
	}
	q.ids.native = q.columns.id.sqlType == "uuid"
	return q.schemasDiffer(ctx)
}

func (q *Query) column(ctx context.Context, name string, oid uint32) error {
	slot := q.columns.slot(name)
	if slot == nil {
		return nil
	}
	if slot.name != "" {
		return fmt.Errorf("the columns %s and %s mean the same: keep one", slot.name, name)
	}
	slot.name = name
	return q.db.QueryRow(ctx, "SELECT format_type($1::bigint::oid, NULL)", int64(oid)).Scan(&slot.sqlType)
}

func (q *Query) complete() error {
	switch c := &q.columns; {
	case c.id.name == "":
		return missing("id", "the primary key")
	case c.slug.name == "":
		return missing("slug", "the tenant's short name, also under the name subdomain")
	case q.options.Level == tenant.Schema && c.schema.name == "":
		return missing("schema", "where the tenant's tables are; for example 'tenant_' || id AS schema")
	case q.options.Level != tenant.Schema && q.options.Level != tenant.Row:
		return fmt.Errorf("tenants of level %s cannot come from a query", q.options.Level)
	}
	return nil
}

func missing(name, what string) error {
	return fmt.Errorf("the query has no column %s (%s): add it to the SELECT list", name, what)
}

// schemasDiffer finds a query that gives all tenants one schema.
func (q *Query) schemasDiffer(ctx context.Context) error {
	if q.options.Level != tenant.Schema {
		return nil
	}
	schema := q.columns.schema.text()
	var first *string
	var rows, differ int64
	err := q.db.QueryRow(ctx, "SELECT min("+schema+"), count("+schema+"), count(DISTINCT "+schema+") FROM "+q.from()).
		Scan(&first, &rows, &differ)
	if err != nil || rows < 2 || differ > 1 {
		return err
	}
	return &tenant.InvalidError{Field: "schema", Value: *first, Reason: "is that of all rows: tenants may not share one"}
}
