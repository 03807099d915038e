package diff

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/migrate/scratch"
)

// home is the schema that a scope's tables are in while they are compared, and the
// path that its migrations run under.
type home struct {
	schema string
	path   string
}

func homeOf(scope migrate.Scope, names isolation.Names) home {
	if scope == migrate.Shared {
		return home{names.Shared, ident.QuotePath(names.Shared, names.Extensions, "pg_temp")}
	}
	return home{sqllex.Placeholder, names.Path(sqllex.Placeholder)}
}

// inspect describes the scope's schema in a database.
func (h home) inspect(ctx context.Context, d *scratch.Database) (s catalog.Schema, err error) {
	err = d.Within(ctx, "", func(conn *pgx.Conn) error {
		s, err = catalog.Inspect(ctx, conn, h.schema, catalog.WithGrants(), catalog.Ignore())
		return err
	})
	return s, err
}

// empty takes what the migrations made out of a database, so that the desired state
// can be made in it. The shared tables are left for tenants; the shared scope begins
// with nothing, extensions included.
func (h home) empty(ctx context.Context, d *scratch.Database, names isolation.Names) error {
	script := "DROP SCHEMA " + ident.Quote(h.schema) + " CASCADE; CREATE SCHEMA " + ident.Quote(h.schema)
	if h.schema == names.Shared {
		script = dropExtensions + "DROP SCHEMA IF EXISTS " + ident.Quote(sqllex.Placeholder) + " CASCADE; DROP SCHEMA " + ident.Quote(names.Extensions) +
			" CASCADE; " + script + "; CREATE SCHEMA " + ident.Quote(names.Extensions)
	}
	return d.Exec(ctx, "", "SET client_min_messages = warning; "+script)
}

const dropExtensions = `DO $$ DECLARE one text; BEGIN
	FOR one IN SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' LOOP
		EXECUTE format('DROP EXTENSION IF EXISTS %I CASCADE', one);
	END LOOP;
END $$;
`
