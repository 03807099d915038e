package diff

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// ErrNoModels: there is no desired state to compare with.
var ErrNoModels = errors.New("no desired state: name an SQL file under models in rowhouse.yaml, or set diff.Config.Desired")

// Desired makes the tables that are wanted in an empty schema. db finds that schema,
// then the shared tables, then the extensions, as a tenant does: names need no schema.
// GORM's AutoMigrate on it will do; for SQL files see [Models].
type Desired func(ctx context.Context, db *sql.DB) error

// Config says what to compare and where to write.
type Config struct {
	Scope   migrate.Scope
	Desired Desired
	Shared  migrate.Source // what was written so far, of both scopes
	Tenant  migrate.Source
	Names   isolation.Names // of the schemas that exist once; zero means the default names
	Both    []string        // tables that may exist in both scopes
	Dir     string          // folder of the scope's migrations
	Conns   migrate.Conns
	Main    string // server on which the scratch databases are made

	// Concurrently puts the building of indexes on tables that exist already into a
	// file of its own, which keeps no writer out.
	Concurrently bool
}

// Result is what was found and written.
type Result struct {
	Files []File
	// Gaps are differences that the files do not settle: write those by hand.
	Gaps []catalog.Difference
	// Problems are the planner's own words on why there are gaps, where it has any.
	Problems []string
}

// incomplete reports whether something is left, forward or back.
func (r *Result) incomplete() bool {
	return len(r.Gaps) > 0 || slices.ContainsFunc(r.Files, func(f File) bool { return len(f.downGaps) > 0 })
}

// Nothing reports whether the migrations make what is desired already.
func (r *Result) Nothing() bool { return len(r.Files) == 0 && len(r.Gaps) == 0 }

// File is one migration that was written.
type File struct {
	Path     string
	Up, Down []Statement
	NoTx     bool // its statements run one by one, outside a transaction

	suffix   string // of its name, where one comparison makes several files
	notes    []string
	gaps     []catalog.Difference
	downGaps []catalog.Difference
}

// DownGaps are differences that taking the file back leaves.
func (f *File) DownGaps() []catalog.Difference { return f.downGaps }

// Statement is one statement as it is written, without its semicolon.
type Statement struct {
	SQL     string
	Hazards []string // what could go wrong, for people
}
