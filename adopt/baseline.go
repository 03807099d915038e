package adopt

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// writeBaseline makes one migration for each scope out of the moved copy.
func (a *Adopter) writeBaseline(ctx context.Context, m *model, copied *pgx.Conn, database string, p *plan) (err error) {
	extensions, err := a.extensionScript(ctx, copied)
	if err != nil {
		return err
	}
	shared, err := a.statementsOf(ctx, database, a.c.Names.Shared, "")
	if err != nil {
		return err
	}
	tenant, err := a.statementsOf(ctx, database, p.home, sqllex.Placeholder)
	if err != nil {
		return err
	}
	if m.shared, err = m.add(migrate.Shared, a.c.SharedDir, append(extensions, shared...)); err != nil {
		return err
	}
	m.tenant, err = m.add(migrate.Tenant, a.c.TenantDir, tenant)
	return err
}

// add keeps a file for later and returns what it makes.
func (m *model) add(scope migrate.Scope, dir string, statements []string) (migrate.Source, error) {
	if len(statements) == 0 {
		return nil, nil
	}
	f := file{path: filepath.Join(dir, baselineName), text: migrationText(statements)}
	m.files = append(m.files, f)
	source, err := f.parse(scope)
	if err != nil {
		return nil, fmt.Errorf("the baseline of the %s scope: %w", scope, err)
	}
	return source, nil
}

// migrationText is a goose-annotated file. A function may come before the tables that
// its body names, so bodies are not checked meanwhile.
func migrationText(statements []string) string {
	var b strings.Builder
	b.WriteString(mark + "\n-- It has no Down part: what it makes was there before.\n\n-- +goose Up\nSET LOCAL check_function_bodies = off;\n")
	for _, s := range statements {
		if strings.Contains(s, ";") {
			b.WriteString("\n-- +goose StatementBegin\n" + s + ";\n-- +goose StatementEnd\n")
			continue
		}
		b.WriteString("\n" + s + ";\n")
	}
	b.WriteString("\nSET LOCAL check_function_bodies = on;\n")
	return b.String()
}

// extensionScript makes the extensions that the path reaches.
func (a *Adopter) extensionScript(ctx context.Context, db querier) ([]string, error) {
	rows, _ := db.Query(ctx, `SELECT extname::text FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace
WHERE nspname = $1::text ORDER BY pg_extension.oid`, a.c.Names.Extensions)
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (s string, err error) {
		err = row.Scan(&s)
		return "CREATE EXTENSION IF NOT EXISTS " + ident.Quote(s) + " WITH SCHEMA " + ident.Quote(a.c.Names.Extensions), err
	})
}

// statementsOf returns what makes a schema's content, in names without that schema.
func (a *Adopter) statementsOf(ctx context.Context, database, schema, placeholder string) (all []string, err error) {
	args := []string{"--schema=" + ident.Quote(schema)}
	for _, table := range catalog.VersionTables() {
		args = append(args, "--exclude-table=*."+table, "--exclude-table=*."+table+"_id_seq")
	}
	text, err := a.dump(ctx, database, args...)
	if err != nil {
		return nil, err
	}
	for _, s := range sqllex.Split(text) {
		if keeps(s.Text, schema) {
			all = append(all, unqualify(s.Text, schema, placeholder))
		}
	}
	return all, nil
}

// keeps reports whether a statement of a dump makes something in the schema.
func keeps(statement, schema string) bool {
	var head []sqllex.Token
	for t := range sqllex.Code(statement) {
		if head = append(head, t); len(head) == 4 {
			break
		}
	}
	switch {
	case head[0].Is("SET"), head[0].Is("SELECT"):
		return false
	case head[0].Is("CREATE"), head[0].Is("COMMENT"):
		return !(len(head) > 2 && (head[1].Is("SCHEMA") || head[2].Is("SCHEMA")))
	}
	return true
}
