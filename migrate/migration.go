package migrate

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Scope says whose tables a migration makes.
type Scope string

// The two scopes.
const (
	Shared Scope = "shared" // tables that exist once
	Tenant Scope = "tenant" // tables that every tenant has
)

// Migration is one step of a scope's history.
type Migration struct {
	Scope    Scope
	Version  int64  // from the file's name; grows within a scope
	Name     string // what it does: create_polls
	File     string // for messages; empty for a Go migration
	Checksum string // of the file's text, line ends normalised; empty for a Go migration
	Up       []Statement
	Down     []Statement
	HasDown  bool        // a Down section, file or function exists, even an empty one
	NoTx     bool        // its statements run one by one, outside a transaction
	After    []Ref       // migrations of the other scope that must be done before
	Notes    []Directive // directives that levels and engines read
	Go       *GoFuncs    // set for a Go migration, which has no statements
}

// Statement is one SQL statement of a migration, without its semicolon.
type Statement struct {
	SQL    string
	Line   int    // in the file, from 1
	Engine string // the only engine that runs it; empty: every one
}

// GoFuncs are the functions of a Go migration. Each runs inside the transaction
// that also writes the ledger; the transaction sees the tenant's tables only.
type GoFuncs struct {
	Up   func(ctx context.Context, tx pgx.Tx) error
	Down func(ctx context.Context, tx pgx.Tx) error // nil: it cannot be undone
}

// Ref names a migration of a scope.
type Ref struct {
	Scope   Scope
	Version int64
}

func (r Ref) String() string { return fmt.Sprintf("%s/%04d", r.Scope, r.Version) }

// Ref returns the name by which other migrations refer to m.
func (m *Migration) Ref() Ref { return Ref{m.Scope, m.Version} }

// String is the file, or for a Go migration scope, version and name.
func (m *Migration) String() string {
	if m.File != "" {
		return m.File
	}
	return m.Ref().String() + "_" + m.Name
}

// Directive is a line "-- +rowhouse NAME ARG".
type Directive struct {
	Name string
	Arg  string
	Line int
}

// targetOf returns the name under which the ledger knows a tenant.
func targetOf(id tenant.ID) string { return id.String() }

// sharedTarget is the shared scope's name in the ledger.
const sharedTarget = "shared"
