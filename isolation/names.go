package isolation

import (
	"fmt"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Names are the schemas that the configuration fixes.
type Names struct {
	Shared     string // tables that exist once
	Prefix     string // of tenant schemas
	Pooled     string // shared rows
	Extensions string // members of extensions; the path reaches them
}

// DefaultNames returns the names used where the configuration has none.
func DefaultNames() Names {
	return Names{Shared: "shared", Prefix: "tenant_", Pooled: "pooled", Extensions: "extensions"}
}

// Validate checks all names; failures are [*tenant.InvalidError].
func (n Names) Validate() error {
	seen := map[string]string{}
	for what, name := range map[string]string{"shared": n.Shared, "pooled": n.Pooled, "extensions": n.Extensions} {
		if err := ident.SchemaName(name); err != nil {
			return fmt.Errorf("schemas.%s: %w", what, err)
		}
		if other, dup := seen[name]; dup {
			return &tenant.InvalidError{Field: "schemas." + what, Value: name, Reason: "is also schemas." + other}
		}
		seen[name] = what
	}
	if err := ident.Prefix(n.Prefix); err != nil {
		return fmt.Errorf("schemas.prefix: %w", err)
	}
	return nil
}

// Path returns the search_path of a tenant whose tables are in schema. pg_temp is
// named last: unnamed, it comes first and a temporary table of one tenant would
// shadow the next tenant's table. Without the extensions' schema citext silently
// compares with case.
func (n Names) Path(schema string) string {
	return ident.QuotePath(schema, n.Shared, n.Extensions, "pg_temp")
}

// EnterShared returns the statement that makes the rest of a transaction see the
// shared tables and nothing else.
func (n Names) EnterShared() Statement {
	return Statement{
		SQL:  "SELECT set_config('search_path', $1, true)",
		Args: []string{ident.QuotePath(n.Shared, n.Extensions, "pg_temp")},
	}
}
