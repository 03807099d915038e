package main

import (
	"fmt"
	"strings"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/engine/sqlite"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// The engines by their names in the configuration.
const (
	enginePostgres = "postgres"
	engineSQLite   = "sqlite"
)

// engines are the databases beside PostgreSQL that this program links.
func engines() []rowhouse.Engine { return []rowhouse.Engine{sqlite.Engine{}} }

// serverAt is the server of a URL: sqlite:FOLDER, or a connection string of PostgreSQL.
func serverAt(url string) rowhouse.Server {
	if folder, ok := strings.CutPrefix(url, engineSQLite+":"); ok {
		return rowhouse.Server{URL: folder, Engine: engineSQLite}
	}
	return rowhouse.Server{URL: url}
}

func onPostgres(config rowhouse.Config) bool {
	engine := config.Servers[rowhouse.Main].Engine
	return engine == "" || engine == enginePostgres
}

// needPostgres refuses a command that only PostgreSQL has a meaning for.
func needPostgres(config rowhouse.Config, command string) error {
	if onPostgres(config) {
		return nil
	}
	return usagef("rowhouse %s: this needs PostgreSQL, and the tenants are in %s", command, config.Servers[rowhouse.Main].Engine)
}

// engineWords says of a demo what its tenants have each.
func engineWords(engine, level string) (each, what string) {
	switch {
	case level == string(tenant.Row):
		return "rows of shared tables", "one database"
	case engine == engineSQLite:
		return "an SQLite file", "one folder"
	case level == string(tenant.Database):
		return "a database", "one server"
	case level == string(tenant.Silo):
		return "a PostgreSQL server and a process", "one address"
	}
	return "a schema", "one database"
}

// lacking is why the demo took SQLite by itself.
const lacking = "no PostgreSQL was found: the demo uses SQLite files (--engine postgres insists, --download brings one)"

// chooseEngine decides for auto: what the folder has already, else PostgreSQL where
// there is one.
func (o demoOptions) chooseEngine(f folder, found func() bool) (engine, why string, err error) {
	switch kept := f.kept(); {
	case o.engine != "auto" && kept != "" && kept != o.engine:
		return "", "", usagef("%s has a demo on %s: choose another folder with --dir", f.path, kept)
	case o.engine != "auto":
		return o.engine, "", nil
	case kept != "":
		return kept, "", nil
	case o.download || found():
		return enginePostgres, "", nil
	case o.isolation == "" || o.isolation == "database":
		return engineSQLite, lacking, nil
	}
	return enginePostgres, "", nil
}

// level is the isolation of the demo's tenants.
func (o demoOptions) level(engine string) (string, error) {
	switch {
	case engine == engineSQLite && (o.isolation == "" || o.isolation == "database"):
		return "database", nil
	case engine == engineSQLite:
		return "", usagef("on SQLite every tenant has a file of its own: use --isolation database, or --engine postgres")
	case o.isolation == "":
		return "schema", nil
	}
	if _, err := parseLevel(o.isolation); err != nil {
		return "", fmt.Errorf("with --engine postgres: %w", err)
	}
	return o.isolation, nil
}
