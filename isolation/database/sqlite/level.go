// Package sqlite is the database level on SQLite: a file for each tenant, under one
// directory, and a file for the tables that all share.
//
// [Level] plans, as every level does. [Homes] keeps the files: it opens them, enters
// tenants, and does to their files what lifecycle and migrations ask for. A file is
// named by the tenant's id, and by nothing that anybody can choose.
package sqlite

import (
	"strconv"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Level plans tenants in files of their own.
type Level struct{}

var _ isolation.Level = Level{}

// Name returns [tenant.Database].
func (Level) Name() tenant.Level { return tenant.Database }

// Title tells it from the level of the same name on PostgreSQL.
func (Level) Title() string { return "database on SQLite" }

// Capabilities says what files can do.
func (Level) Capabilities() isolation.Capabilities {
	return isolation.Capabilities{
		Transactions:  isolation.With("one writer at a time for each tenant; every transaction is serializable"),
		CopyFrom:      isolation.No("SQLite has no COPY: insert many rows in one transaction"),
		Prepared:      isolation.Yes(),
		SharedTables:  isolation.With("read only, through the attached file"),
		SharedKeys:    isolation.No("a foreign key of SQLite ends at its file"),
		Across:        isolation.No("a transaction of SQLite is not durable over several files with a write-ahead log"),
		OwnMigrations: isolation.Yes(),
		Fence:         isolation.Yes(),
		ReadOnly:      isolation.Yes(),
		Restore:       isolation.Yes(),

		ConflictColumns: isolation.Yes(),
		GroupByKey:      isolation.With("SQLite allows columns that are not grouped by, and takes them from any row"),
		Truncate:        isolation.No("SQLite has no TRUNCATE: DELETE without a condition is as fast"),
		Materialized:    isolation.No("SQLite has none"),
	}
}

// Place names the tenant's database by its id: no slug can lead out of the directory.
func (Level) Place(id tenant.ID, _, server string) tenant.Placement {
	return tenant.Placement{Level: tenant.Database, Server: server, Database: id.String(), Epoch: 1}
}

// Enter returns the query that every transaction begins with, in the snapshot that
// the rest of it sees: one row that says whether the tenant is read only, or none
// where the file is not this tenant's at this epoch, or not whole.
//
// A file that is open can be written under any name, so its name protects nothing.
// The row does: whoever writes has seen the newest commit, or cannot write.
func (Level) Enter(id tenant.ID, p tenant.Placement) isolation.Statement {
	return isolation.Statement{
		SQL:  "SELECT read_only FROM rowhouse_home WHERE tenant = $1 AND epoch = $2 AND NOT dropping",
		Args: []string{id.String(), epoch(p)},
	}
}

// Create returns the statements that make a new file the tenant's home, with a ledger.
func (Level) Create(p tenant.Placement) []isolation.Statement {
	return append(ledger(), isolation.Statement{SQL: `CREATE TABLE IF NOT EXISTS rowhouse_home (
	one       INTEGER PRIMARY KEY CHECK (one = 1),
	tenant    TEXT NOT NULL,
	epoch     INTEGER NOT NULL,
	read_only INTEGER NOT NULL DEFAULT 0,
	dropping  INTEGER NOT NULL DEFAULT 0
) STRICT`}, isolation.Statement{
		SQL:  "INSERT INTO rowhouse_home (one, tenant, epoch) VALUES (1, $1, $2) ON CONFLICT DO NOTHING",
		Args: []string{p.Database, epoch(p)},
	})
}

// ledger is in every file, the shared one included.
func ledger() []isolation.Statement {
	return []isolation.Statement{{SQL: `CREATE TABLE IF NOT EXISTS rowhouse_ledger (
	version     INTEGER PRIMARY KEY,
	name        TEXT NOT NULL,
	checksum    TEXT NOT NULL,
	applied_at  TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
	duration_ms INTEGER NOT NULL
) STRICT`}}
}

// Fence returns the placement of the next epoch. The file keeps its name: renaming one
// that somebody has open would part it from its log.
func (Level) Fence(id tenant.ID, p tenant.Placement) (tenant.Placement, []isolation.Statement) {
	p.Epoch++
	return p, []isolation.Statement{{
		SQL:  "UPDATE rowhouse_home SET epoch = $2 WHERE tenant = $1 AND epoch < $2",
		Args: []string{id.String(), epoch(p)},
	}}
}

// Drop has no statements: [Homes.Drop] removes the file.
func (Level) Drop(tenant.ID, tenant.Placement) isolation.Demolition {
	return isolation.Demolition{Next: isolation.Statement{SQL: "SELECT '' WHERE false"}}
}

// tables lists what an emptied home loses: all but what Rowhouse keeps in it and what
// goes with a table.
func tables() isolation.Statement {
	return isolation.Statement{SQL: `SELECT type, name FROM sqlite_schema
WHERE type IN ('view', 'table') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE 'rowhouse\_%' ESCAPE '\'
ORDER BY type DESC, name`}
}

func dropObject(kind, name string) string {
	if kind == "view" {
		return "DROP VIEW IF EXISTS " + ident.Quote(name)
	}
	return "DROP TABLE IF EXISTS " + ident.Quote(name)
}

// epoch is text that SQLite compares as the number it is.
func epoch(p tenant.Placement) string { return strconv.FormatInt(p.Epoch, 10) }
