package database

import (
	"strconv"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// found makes a copy of the template, or an empty database that sorts and encodes as
// the server's own does. Columns that not every release has are read as JSON.
const found = `SELECT CASE
 WHEN EXISTS (SELECT FROM pg_database WHERE datname = $2) THEN format('CREATE DATABASE %I TEMPLATE %I', $1::text, $2::text)
 ELSE format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', $1::text,
   pg_encoding_to_char(encoding), datcollate, datctype) || CASE d ->> 'datlocprovider'
     WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', coalesce(d ->> 'daticulocale', d ->> 'datlocale'))
     WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', d ->> 'datlocale') ELSE '' END END
FROM (SELECT *, to_jsonb(own) AS d FROM pg_database AS own WHERE datname = current_database()) AS own
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = $1)`

// Found plans a database.
func (l *Level) Found(p tenant.Placement, template string) []isolation.Statement {
	return []isolation.Statement{{SQL: found, Args: []string{p.Database, template}}}
}

const (
	shut = `SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS false', datname)
FROM pg_database WHERE datname = $1 AND datallowconn`
	end = `SELECT format('SELECT pg_terminate_backend(%s)', pid)
FROM pg_stat_activity WHERE datname = $1 AND pid <> $2::text::int
 AND coalesce(backend_type, '') NOT IN ('autovacuum worker', 'parallel worker')`
	rename = `SELECT format('ALTER DATABASE %I RENAME TO %I', datname, $2::text) FROM pg_database WHERE datname = $1`
	open   = `SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname)
FROM pg_database WHERE datname = $1 AND NOT datallowconn`
	raze = `SELECT format('DROP DATABASE %I', datname) FROM pg_database WHERE datname = $1`
)

// Shut plans the end of all sessions in the database but one.
func (l *Level) Shut(p tenant.Placement, but uint32) []isolation.Statement {
	return []isolation.Statement{
		{SQL: shut, Args: []string{p.Database}},
		{SQL: end, Args: []string{p.Database, strconv.FormatUint(uint64(but), 10)}},
	}
}

// Rename plans another name for the database.
func (l *Level) Rename(from, to tenant.Placement) []isolation.Statement {
	return append(l.Shut(from, 0),
		isolation.Statement{SQL: rename, Args: []string{from.Database, to.Database}},
		isolation.Statement{SQL: open, Args: []string{to.Database}},
	)
}

// Raze plans the end of the database.
func (l *Level) Raze(p tenant.Placement) []isolation.Statement {
	return append(l.Shut(p, 0), isolation.Statement{SQL: raze, Args: []string{p.Database}})
}

// A template belongs to the database of the installation: a comment says so, because
// several may share a server.
const (
	comment = `SELECT format('COMMENT ON DATABASE %I IS %L', datname, 'template of ' || current_database())
FROM pg_database WHERE datname = $1 AND shobj_description(oid, 'pg_database') IS DISTINCT FROM 'template of ' || current_database()`
	outdated = `SELECT format('DROP DATABASE %I', datname)
FROM pg_database WHERE datname <> $1 AND NOT datallowconn AND shobj_description(oid, 'pg_database') = 'template of ' || current_database()`
)

// Template plans the template of what name stands for. It stays shut: a database with
// somebody inside cannot be copied.
func (l *Level) Template(name, server string) isolation.Template {
	whole := tenant.Placement{
		Level: tenant.Database, Server: server, Schema: l.schema(), Epoch: 1,
		Database: ident.Template(l.names.Prefix, name+" "+l.role),
	}
	building := whole
	building.Database = ident.Unfinished(whole.Database)
	return isolation.Template{Building: building, Whole: whole, Finish: append(l.Shut(building, 0),
		isolation.Statement{SQL: comment, Args: []string{building.Database}},
		isolation.Statement{SQL: rename, Args: []string{building.Database, whole.Database}},
		isolation.Statement{SQL: outdated, Args: []string{whole.Database}},
	)}
}
