package adopt

import (
	"context"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// named is a schema and the slug that its tenant gets.
type named struct{ schema, slug string }

// schemas lists what the pattern or the query names.
func (f Fleet) schemas(ctx context.Context, db querier) ([]named, error) {
	query, args := f.Pattern, []any(nil)
	prefix, _, _ := strings.Cut(f.Pattern, "*")
	first, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(f.Pattern)), " ")
	isQuery := strings.ContainsAny(f.Pattern, " \n\t") && (first == "select" || first == "with" || first == "values" || first == "table")
	if isQuery {
		prefix = ""
	} else {
		query, args = "SELECT nspname::text FROM pg_namespace WHERE nspname ~ $1::text ORDER BY nspname", []any{glob(f.Pattern)}
	}
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (n named, err error) {
		if len(row.FieldDescriptions()) > 1 {
			return n, row.Scan(&n.schema, &n.slug)
		}
		err = row.Scan(&n.schema)
		n.slug = slugOf(strings.TrimPrefix(n.schema, prefix))
		return n, err
	})
	if err == nil && len(all) == 0 {
		err = &tenant.InvalidError{Field: "schemas", Value: f.Pattern, Reason: "matches no schema"}
	}
	return all, err
}

// glob is a pattern with * as a regular expression of PostgreSQL's.
func glob(pattern string) string {
	return "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$"
}

// slugOf makes a slug of a name: lower case, and hyphens for what a slug cannot hold.
func slugOf(name string) string {
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(parts, "-")
}
