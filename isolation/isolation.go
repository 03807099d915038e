// Package isolation holds what every isolation level has in common: the [Level]
// interface, the [Statement]s that a level plans, and its [Capabilities] as data.
//
// A level is pure. It turns a tenant into a placement and a placement into the
// statements that create, enter, fence and drop it; it opens no connection. Doors
// and operations execute what it plans, so levels and doors combine freely.
package isolation

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Level plans one isolation level.
type Level interface {
	// Name returns which level this is.
	Name() tenant.Level
	// Capabilities says what the level can do, with a reason for what it cannot.
	Capabilities() Capabilities
	// Place returns the placement of a tenant that is about to be born.
	Place(id tenant.ID, slug, server string) tenant.Placement
	// Enter returns the one statement that makes the rest of a transaction see
	// this tenant: it sets, locks and verifies, and fails where the tenant is not
	// at its placement.
	Enter(id tenant.ID, p tenant.Placement) Statement
	// Create returns the statements that make an empty home. They are idempotent.
	Create(p tenant.Placement) []Statement
	// Fence returns the placement that the tenant has once it is fenced, and the
	// statements that commit a durable mark in the database that holds the data:
	// after them nobody enters with the old placement. They may be run again.
	Fence(id tenant.ID, p tenant.Placement) (tenant.Placement, []Statement)
	// Drop returns how to take a home down in batches.
	Drop(id tenant.ID, p tenant.Placement) Demolition
}

// StateBypass is the SQLSTATE with which entering fails where the role that serves
// would see every tenant's rows: it is not subject to row-level security.
const StateBypass = "22007"

// StateStuck is the SQLSTATE with which a batch of a [Demolition] fails that would take
// nothing down, again and again. The error names the table and says why.
const StateStuck = "RH004"

// Demolition takes a home down without holding many locks at once. All of it may
// be run again after a crash.
type Demolition struct {
	// Next lists at most its limit of statements as rows of one text column.
	// Run each batch in a transaction of its own until the list is empty.
	Next Statement
	// Last removes what is left: the home itself and its marks.
	Last []Statement
	// Left lists what Next has still to remove, where code of the application's may put
	// it back: a text and a number, the table and its rows. Without it each batch is
	// known to leave less.
	Left Statement
}

// Statement is one SQL statement with text parameters: $1 is Args[0].
type Statement struct {
	SQL  string
	Args []string
}

// Values returns the parameters in wire format.
func (s Statement) Values() [][]byte {
	values := make([][]byte, len(s.Args))
	for i, a := range s.Args {
		values[i] = []byte(a)
	}
	return values
}

// Inline returns the statement with its parameters written into the text as
// literals, for messages of the simple protocol that carry many statements.
func (s Statement) Inline() string {
	if len(s.Args) == 0 {
		return s.SQL
	}
	var b strings.Builder
	for i := 0; i < len(s.SQL); i++ {
		if n := s.SQL[i]; n != '$' || i+1 == len(s.SQL) || s.SQL[i+1] < '1' || int(s.SQL[i+1]-'1') >= len(s.Args) {
			b.WriteByte(n)
			continue
		}
		i++
		b.WriteString(ident.Literal(s.Args[s.SQL[i]-'1']))
	}
	return b.String()
}

// Script joins statements into one message of the simple protocol.
func Script(statements ...Statement) string {
	var b strings.Builder
	for _, s := range statements {
		b.WriteString(s.Inline())
		b.WriteString(";\n")
	}
	return b.String()
}
