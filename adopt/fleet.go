package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Fleet says which schemas are tenants already.
type Fleet struct {
	// Pattern matches schemas' names, with * for any characters; what comes before the
	// first * is not part of the slugs. Or it is a query, whose first column is the
	// schema and whose second, if there is one, is the slug.
	Pattern string
	// Stamp is the version of the tenant migrations that the schemas have.
	Stamp  int64
	DryRun bool
}

// FleetReport is what became of the schemas.
type FleetReport struct {
	Adopted  []*tenant.Tenant
	Already  []string // schemas that are tenants' since an earlier run
	Findings []Finding
}

// RunFleet adopts a database that has a schema for each tenant: the schemas keep their
// names and are not touched. All become tenants, or none. A schema that is a tenant's
// already is passed over.
//
// Errors: [*RefusedError] names schemas whose slugs cannot be used or meet.
func (a *Adopter) RunFleet(ctx context.Context, f Fleet) (*FleetReport, error) {
	report, err := a.runFleet(ctx, f)
	if err != nil {
		return report, fmt.Errorf("adopt: %w", err)
	}
	return report, nil
}

func (a *Adopter) runFleet(ctx context.Context, f Fleet) (*FleetReport, error) {
	m := &model{}
	if err := a.given(m, f.Stamp); err != nil {
		return nil, err
	}
	conn, err := a.connect(ctx, "")
	if err != nil {
		return nil, err
	}
	defer hangUp(conn)
	known, err := a.inhabited(ctx, conn)
	if err != nil {
		return nil, err
	}
	report := &FleetReport{}
	if err := a.tenants(ctx, conn, f, known, report); err != nil {
		return nil, err
	}
	if err := a.compareFleet(ctx, conn, m, report); err != nil || f.DryRun {
		return report, err
	}
	if err := refusal(report.Findings); err != nil {
		return report, err
	}
	return report, a.enrol(ctx, conn, m, report)
}

// enrol writes the records and ledgers of all tenants at once.
func (a *Adopter) enrol(ctx context.Context, conn *pgx.Conn, m *model, report *FleetReport) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, t := range report.Adopted {
			if err := execute(ctx, conn, a.ground(&plan{home: t.Placement.Schema})+a.rights(t)); err != nil {
				return err
			}
			alone := &model{tenant: m.tenant}
			if err := a.record(ctx, tx, alone, t, "schema "+t.Placement.Schema); err != nil {
				return err
			}
		}
		return nil
	})
}

// tenants makes a record for each schema, or finds out why it cannot be one.
func (a *Adopter) tenants(ctx context.Context, db querier, f Fleet, known map[string]string, report *FleetReport) error {
	all, err := f.schemas(ctx, db)
	if err != nil {
		return err
	}
	slugs := map[string]string{}
	for schema, slug := range known {
		slugs[slug] = schema
	}
	for _, s := range all {
		switch other, taken := slugs[s.slug]; {
		case a.reserved(s.schema):
		case known[s.schema] != "":
			report.Already = append(report.Already, s.schema)
		case taken:
			report.refuse(s.schema, fmt.Sprintf("would be tenant %s, as %s is: rename one, or list slugs with a query", s.slug, other))
		case ident.Slug(s.slug) != nil:
			report.refuse(s.schema, fmt.Sprintf("gives no slug: %v: rename it, or list slugs with a query", ident.Slug(s.slug)))
		default:
			slugs[s.slug] = s.schema
			report.Adopted = append(report.Adopted, a.resident(s))
		}
	}
	return nil
}

func (r *FleetReport) refuse(schema, why string) {
	r.Findings = append(r.Findings, Finding{Refused: true, Object: "schema " + schema, Why: why})
}

// reserved reports whether a schema is nobody's home.
func (a *Adopter) reserved(schema string) bool {
	return strings.HasPrefix(schema, "pg_") || strings.HasPrefix(schema, "rowhouse") ||
		slices.Contains([]string{"public", "information_schema", a.c.Names.Shared, a.c.Names.Pooled, a.c.Names.Extensions}, schema)
}

// resident is the tenant of a schema that keeps its name.
func (a *Adopter) resident(s named) *tenant.Tenant {
	return &tenant.Tenant{
		ID: tenant.NewID(), Slug: s.slug, Name: s.slug, Status: tenant.Active,
		Placement: tenant.Placement{Level: tenant.Schema, Server: a.c.Server, Schema: s.schema, Epoch: 1},
	}
}

// inhabited returns the slugs of the schemas that are tenants' already.
func (a *Adopter) inhabited(ctx context.Context, conn *pgx.Conn) (map[string]string, error) {
	known := map[string]string{}
	var there bool
	if err := conn.QueryRow(ctx, "SELECT to_regclass('rowhouse.tenants') IS NOT NULL").Scan(&there); err != nil || !there {
		return known, err
	}
	all, err := registry.NewPostgres(conn).List(ctx, registry.Filter{})
	for _, t := range all {
		known[t.Placement.Schema] = t.Slug
	}
	return known, err
}

// compareFleet tells which schemas are not what the migrations make.
func (a *Adopter) compareFleet(ctx context.Context, conn *pgx.Conn, m *model, report *FleetReport) error {
	if len(report.Adopted) == 0 {
		return nil
	}
	err := a.scratch(ctx, conn, func(fresh *pgx.Conn, _ string) error {
		return a.build(ctx, fresh, m, &plan{home: scratchPrefix}, report.Adopted[0])
	})
	if err != nil {
		return fmt.Errorf("build a tenant from the migrations: %w", err)
	}
	schemas := make([]string, len(report.Adopted))
	for i, t := range report.Adopted {
		schemas[i] = t.Placement.Schema
	}
	prints, err := catalog.Fingerprint(ctx, conn, schemas)
	for _, s := range schemas {
		if prints[s] != m.tenantSchema.Fingerprint() {
			report.Findings = append(report.Findings, Finding{Object: "schema " + s, Why: "is not what the migrations make: see rowhouse drift check"})
		}
	}
	return err
}
