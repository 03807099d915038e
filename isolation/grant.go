package isolation

import "github.com/rowhouse-go/rowhouse/internal/ident"

// Grant returns the statements that let an application's role read and write what
// is in a schema and what whoever runs them will create there. TRUNCATE,
// REFERENCES, TRIGGER and CREATE are not given.
func Grant(schema, role string) []Statement {
	s, r := ident.Quote(schema), ident.Quote(role)
	return []Statement{
		{SQL: "GRANT USAGE ON SCHEMA " + s + " TO " + r},
		{SQL: "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + s + " TO " + r},
		{SQL: "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA " + s + " TO " + r},
		{SQL: "ALTER DEFAULT PRIVILEGES IN SCHEMA " + s + " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO " + r},
		{SQL: "ALTER DEFAULT PRIVILEGES IN SCHEMA " + s + " GRANT USAGE, SELECT ON SEQUENCES TO " + r},
	}
}
