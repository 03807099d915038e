package registry

import (
	"encoding/json"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// queryRow is a row of queryColumns.list.
type queryRow struct {
	ID, Slug, Name, Status, Schema, Host, Settings, Labels *string
}

// scan makes a tenant of a row. What makes no sense is a [*tenant.InvalidError].
func (q *Query) scan(row pgx.CollectableRow) (*tenant.Tenant, error) {
	r, err := pgx.RowToStructByPos[queryRow](row)
	if err != nil {
		return nil, err
	}
	t := &tenant.Tenant{Slug: value(r.Slug), Name: value(r.Name), Status: tenant.Active}
	if t.ID, err = q.ids.tenantID(value(r.ID)); err != nil {
		return nil, err
	}
	if t.Slug == "" {
		return nil, &tenant.InvalidError{Field: "slug", Value: value(r.ID), Reason: "is empty in the row of this id"}
	}
	if t.Name == "" {
		t.Name = t.Slug
	}
	return t, q.fill(t, r)
}

func (q *Query) fill(t *tenant.Tenant, r queryRow) (err error) {
	if r.Status != nil {
		t.Status = tenant.Status(*r.Status)
	}
	if !t.Status.Valid() {
		return &tenant.InvalidError{Field: "status", Value: string(t.Status),
			Reason: "of tenant " + t.Slug + " is not a status; translate it with CASE in the query"}
	}
	if t.Placement, err = q.place(value(r.Schema)); err != nil {
		return err
	}
	if host := value(r.Host); host != "" {
		if host, err = ident.Domain(host); err != nil {
			return err
		}
		t.Domains = []tenant.Domain{{Host: host, Primary: true}}
	}
	if err := unmarshal(t.Slug, "settings", r.Settings, &t.Settings); err != nil {
		return err
	}
	return unmarshal(t.Slug, "labels", r.Labels, &t.Labels)
}

func (q *Query) place(schema string) (tenant.Placement, error) {
	p := tenant.Placement{Level: q.options.Level, Server: q.options.Server, Schema: q.options.Pooled, Epoch: 1}
	if p.Level == tenant.Row {
		return p, nil
	}
	p.Schema = schema
	return p, checkOwnSchema(schema)
}

// checkOwnSchema checks the name of a schema that is not of Rowhouse's making: any
// that PostgreSQL takes, quoted, and that is not the system's or the registry's.
func checkOwnSchema(schema string) error {
	fault := ""
	switch {
	case schema == "":
		fault = "is empty"
	case len(schema) > ident.MaxName:
		fault = "is longer than 63 bytes"
	case strings.HasPrefix(schema, "pg_") || schema == "information_schema" || schema == "rowhouse":
		fault = "is reserved"
	}
	if fault != "" {
		return &tenant.InvalidError{Field: "schema", Value: schema, Reason: fault}
	}
	return nil
}

func unmarshal(slug, column string, text *string, into any) error {
	if text == nil {
		return nil
	}
	if err := json.Unmarshal([]byte(*text), into); err != nil {
		return &tenant.InvalidError{Field: column, Value: *text, Reason: "of tenant " + slug + " does not fit: " + err.Error()}
	}
	return nil
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
