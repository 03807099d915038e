package adopt

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed objects.sql
var objectsQuery string

// node is an object of the catalog.
type node struct{ class, id uint32 }

// object is something that has a schema of its own.
type object struct {
	node
	schema   string
	name     string
	kind     string
	identity string // schema, name and arguments as SQL spells them
	member   bool   // of an extension
}

func (o *object) String() string { return o.noun() + " " + o.identity }

// relation reports whether o is read and written like a table.
func (o *object) relation() bool { return len(o.kind) == 1 && o.kind != "S" }

// table reports whether rows can be locked in o by LOCK TABLE.
func (o *object) table() bool { return o.kind == "r" || o.kind == "p" }

// noun is what SQL calls the kind.
func (o *object) noun() string {
	switch o.kind {
	case "r", "p":
		return "table"
	case "v":
		return "view"
	case "m":
		return "materialized view"
	case "f":
		return "foreign table"
	case "S":
		return "sequence"
	}
	return o.kind
}

// turn says when an object is moved: what is spelled with its arguments' types comes
// before the types.
func (o *object) turn() int {
	switch o.kind {
	case "routine":
		return 0
	case "operator":
		return 1
	}
	return 2
}

func (o *object) moveTo(quoted string) string {
	return fmt.Sprintf("ALTER %s %s SET SCHEMA %s", strings.ToUpper(o.noun()), o.identity, quoted)
}

func readObjects(ctx context.Context, db querier, schemas []string) ([]*object, error) {
	rows, _ := db.Query(ctx, objectsQuery, schemas)
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (*object, error) {
		o := &object{}
		return o, row.Scan(&o.class, &o.id, &o.schema, &o.name, &o.kind, &o.identity, &o.member)
	})
}

// querier asks: a connection, or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}
