package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// routine is a function or procedure whose text may name schemas.
type routine struct {
	id         uint32
	language   string
	source     string
	definition string
	path       *string // what it sets search_path to
	definer    bool
}

const routinesQuery = `SELECT p.oid, lanname::text, prosrc, pg_get_functiondef(p.oid),
 (SELECT substr(c, length('search_path=') + 1) FROM unnest(proconfig) AS c WHERE starts_with(c, 'search_path=')), prosecdef
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = prolang JOIN pg_namespace AS n ON n.oid = pronamespace
WHERE nspname = ANY ($1::text[]) AND prokind <> 'a' AND lanname NOT IN ('c', 'internal')
 AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY p.oid`

func readRoutines(ctx context.Context, db querier, schemas []string) ([]routine, error) {
	rows, _ := db.Query(ctx, routinesQuery, schemas)
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r routine, err error) {
		return r, row.Scan(&r.id, &r.language, &r.source, &r.definition, &r.path, &r.definer)
	})
}

// routine plans what becomes of a function's body and of the path that it sets.
func (a *Adopter) routine(p *plan, n *names, o *object, r routine, shared bool) {
	p.body(n, o, r)
	home := a.c.Names.Path(p.home)
	if shared {
		home = a.c.Names.EnterShared().Args[0]
	}
	path, changed := r.newPath(p.from, home)
	if r.path == nil && r.definer && n.rewrite(r.source).changed {
		// Without a path of its own its names would mean what the caller's path says.
		path, changed = home, true
	}
	if changed {
		p.texts = append(p.texts, "ALTER ROUTINE "+o.identity+" SET search_path TO "+path)
	}
}

func (p *plan) body(n *names, o *object, r routine) {
	if r.language != "sql" && r.language != "plpgsql" {
		if n.spells(r.source) {
			p.refuse(o.String(), "is in "+r.language+" and names a schema: rewrite it with names that have none")
		}
		return
	}
	b := n.rewrite(r.source)
	for _, line := range b.troubles {
		p.refuse(o.String(), fmt.Sprintf("names a schema where it cannot be taken away safely: %q: rewrite the line", line))
	}
	for _, line := range b.hints {
		p.note(o.String(), fmt.Sprintf("has a string that may mean a schema: %q", line))
	}
	if b.changed {
		p.texts = append(p.texts, r.with(b.out.String()))
	}
}

// with returns the statement that gives the function another body.
func (r routine) with(source string) string {
	at := strings.LastIndex(r.definition, r.source)
	return r.definition[:at] + source + strings.TrimRight(r.definition[at+len(r.source):], "\n")
}

// newPath returns the path that the function must set once it has moved: what was an
// adopted schema is the function's home, with all that is reached from there.
func (r routine) newPath(from []string, home string) (path string, changed bool) {
	if r.path == nil {
		return "", false
	}
	var out []string
	for t := range sqllex.Code(*r.path) {
		switch {
		case t.Text == ",":
		case slices.Contains(from, t.Name()):
			changed = true
			out = add(out, strings.Split(home, ", ")...)
		default:
			out = add(out, ident.Quote(t.Name()))
		}
	}
	return strings.Join(last(out, `"pg_temp"`), ", "), changed
}

func add(list []string, more ...string) []string {
	for _, one := range more {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// last moves an element to the end.
func last(list []string, element string) []string {
	rest := slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == element })
	return append(rest, element)
}
