package registry

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// queryRow is a row of queryColumns.list.
type queryRow struct {
	ID, Slug, Name, Status, Schema, Host, Settings, Labels *string
}

// listed is a row as a tenant. With a fault the tenant is [tenant.Failed], or nil
// where it has no id to be known by.
type listed struct {
	tenant *tenant.Tenant
	schema string // as the row has it, also where it is refused
	fault  *tenant.InvalidError
}

// refuse makes a tenant that nobody serves: without a schema nothing leads to rows.
func (l *listed) refuse(fault *tenant.InvalidError) {
	if l.fault == nil {
		l.fault = fault
	}
	l.tenant.Status, l.tenant.Placement.Schema, l.tenant.Domains = tenant.Failed, "", nil
}

// scan makes a tenant of a row. One that makes no sense is that row's trouble alone.
func (q *Query) scan(row pgx.CollectableRow) (listed, error) {
	r, err := pgx.RowToStructByPos[queryRow](row)
	if err != nil {
		return listed{}, err
	}
	t := &tenant.Tenant{Slug: value(r.Slug), Name: cmp.Or(value(r.Name), value(r.Slug)), Status: tenant.Active}
	if t.ID, err = q.ids.tenantID(value(r.ID)); err != nil {
		return listed{fault: faultOf(err)}, nil
	}
	l := listed{tenant: t, schema: value(r.Schema)}
	l.fault = q.addHost(t, value(r.Host))
	if fault := q.fill(t, r); fault != nil {
		l.fault = nil // of two faults the one that keeps the tenant from being served
		l.refuse(fault)
	}
	return l, nil
}

// fill sets what the tenant needs to be served, or says what is wrong with it.
func (q *Query) fill(t *tenant.Tenant, r queryRow) (fault *tenant.InvalidError) {
	t.Placement, fault = q.place(value(r.Schema))
	if r.Status != nil {
		t.Status = tenant.Status(*r.Status)
	}
	if reason := ownSlugFault(t.Slug); reason != "" {
		return &tenant.InvalidError{Field: "slug", Value: t.Slug, Reason: reason}
	}
	if !t.Status.Valid() {
		return &tenant.InvalidError{Field: "status", Value: string(t.Status),
			Reason: "of tenant " + t.Slug + " is not a status; translate it with CASE in the query"}
	}
	if fault == nil {
		fault = unmarshal(t.Slug, "settings", r.Settings, &t.Settings)
	}
	if fault == nil {
		fault = unmarshal(t.Slug, "labels", r.Labels, &t.Labels)
	}
	return fault
}

// addHost gives the tenant its host. One that is no host is nobody's, and the tenant
// is served under its other names.
func (q *Query) addHost(t *tenant.Tenant, host string) *tenant.InvalidError {
	if host == "" {
		return nil
	}
	canonical, err := ident.Domain(host)
	if err != nil {
		return faultOf(err)
	}
	t.Domains = []tenant.Domain{{Host: canonical, Primary: true}}
	return nil
}

func faultOf(err error) *tenant.InvalidError {
	if fault, ok := errors.AsType[*tenant.InvalidError](err); ok {
		return fault
	}
	return &tenant.InvalidError{Field: "row", Reason: err.Error()}
}

// ownSlugFault checks a slug of the user's making. It may be what no slug of ours is,
// but not what terminals, psql's prompt or a shell would act upon.
func ownSlugFault(slug string) string {
	hostile := func(r rune) bool {
		return r == '%' || r == '`' || r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}
	switch {
	case slug == "":
		return "is empty"
	case len(slug) > longestKey:
		return "is longer than 253 bytes"
	case strings.ContainsFunc(slug, hostile):
		return "holds a control character, % or a backquote"
	}
	return ""
}

func (q *Query) place(schema string) (tenant.Placement, *tenant.InvalidError) {
	p := tenant.Placement{Level: q.options.Level, Server: q.options.Server, Schema: q.options.Pooled, Epoch: 1}
	if p.Level == tenant.Row {
		return p, nil
	}
	p.Schema = schema
	if reason := ownSchemaFault(schema, q.options.Reserved); reason != "" {
		return p, &tenant.InvalidError{Field: "schema", Value: schema, Reason: reason}
	}
	return p, nil
}

// ownSchemaFault checks the name of a schema that is not of Rowhouse's making: any
// that PostgreSQL takes, quoted, and that is not everybody's, the system's or ours.
func ownSchemaFault(schema string, reserved []string) string {
	switch {
	case schema == "":
		return "is empty"
	case len(schema) > ident.MaxName:
		return "is longer than 63 bytes"
	case strings.HasPrefix(schema, "pg_") || strings.HasPrefix(schema, "rowhouse_ro_"),
		schema == "information_schema", schema == "rowhouse", schema == "public",
		slices.Contains(reserved, schema):
		return "is reserved"
	}
	return ""
}

func unmarshal(slug, column string, text *string, into any) *tenant.InvalidError {
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
