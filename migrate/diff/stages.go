package diff

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/migrate/scratch"
)

// stage makes the check database more like the desired one, and says how.
type stage func(ctx context.Context, check *scratch.Database) (*File, error)

// stages follow each other, a file each. They return nil where there is nothing to do
// for them.
func (d *differ) stages() []func(pair) stage {
	if d.Concurrently {
		return []func(pair) stage{d.enumValues, d.tablesOnly, d.indexes, d.tables}
	}
	return []func(pair) stage{d.enumValues, d.tables}
}

// enumValues adds values to enums, in a file of its own: nobody may use them before
// they are committed.
func (d *differ) enumValues(p pair) stage {
	f := &File{suffix: "_values"}
	for _, c := range p.changed("enum") {
		for _, s := range added(c) {
			f.Up = append(f.Up, Statement{SQL: d.spell(s.SQL)})
		}
	}
	return d.alone(f)
}

// alone is a stage whose statements are known. They run one by one.
func (d *differ) alone(f *File) stage {
	if len(f.Up) == 0 {
		return nil
	}
	return func(ctx context.Context, check *scratch.Database) (*File, error) {
		for _, s := range f.Up {
			if err := check.Exec(ctx, d.home.path, s.SQL); err != nil {
				return nil, fmt.Errorf("diff: try %q: %w", s.SQL, err)
			}
		}
		return f, nil
	}
}

// tables does all that runs in one transaction.
func (d *differ) tables(p pair) stage { return d.transaction(p, nil) }

// tablesOnly leaves out what builds an index on a table that is there already.
func (d *differ) tablesOnly(p pair) stage { return d.transaction(p, p.holds()) }

func (d *differ) transaction(p pair, hold func(string) bool) stage {
	return func(ctx context.Context, check *scratch.Database) (*File, error) {
		w := &work{differ: d, check: check, target: d.want, hold: hold}
		up, err := w.do(ctx)
		return &File{Up: up, notes: p.renames()}, err
	}
}

var buildsIndex = regexp.MustCompile(`^(?:CREATE (?:UNIQUE )?INDEX \S+ ON|ALTER TABLE)(?: ONLY)? (\S+) (?:\(|USING|ADD CONSTRAINT \S+ (?:UNIQUE|PRIMARY KEY))`)

// holds says which statements wait for a file outside a transaction: those that build
// an index on a table that has rows perhaps.
func (p pair) holds() func(sql string) bool {
	tables := map[string]bool{}
	for _, o := range p.have.Objects {
		if o.Kind == "table" && o.Attr("partition by") == "" {
			tables[o.Name] = true
		}
	}
	return func(sql string) bool {
		m := buildsIndex.FindStringSubmatch(sql)
		return m != nil && tables[strings.Trim(m[1], `"`)]
	}
}

// indexes builds what tablesOnly left out. Run again after a failure it begins with
// taking the invalid index away.
func (d *differ) indexes(p pair) stage {
	f := &File{NoTx: true, suffix: "_indexes", Down: []Statement{}}
	for _, c := range p.changes() {
		if c.have != nil {
			continue
		}
		up, down := d.concurrent(*c.want)
		f.Up = append(f.Up, up...)
		f.Down = slices.Insert(f.Down, 0, down...)
	}
	return d.alone(f)
}

var keyColumns = regexp.MustCompile(`^(UNIQUE|PRIMARY KEY) (\(.*\))$`)

// concurrent returns how an index, or the index of a key, is built and dropped without
// keeping writers out.
func (d *differ) concurrent(o catalog.Object) (up, down []Statement) {
	drop := "DROP INDEX CONCURRENTLY IF EXISTS " + own(o.Name)
	build, key := strings.Replace(o.Definition(), "INDEX ", "INDEX CONCURRENTLY ", 1), ""
	if m := keyColumns.FindStringSubmatch(o.Definition()); o.Kind == "constraint" && m != nil {
		build = "CREATE UNIQUE INDEX CONCURRENTLY " + ident.Quote(o.Name) + " ON " + own(o.Table) + " " + m[2]
		key = onTable(o) + " ADD CONSTRAINT " + ident.Quote(o.Name) + " " + m[1] + " USING INDEX " + ident.Quote(o.Name)
	} else if o.Kind != "index" {
		return nil, nil
	}
	for _, sql := range []string{drop, build, key} {
		if sql != "" {
			up = append(up, Statement{SQL: plainBtree.ReplaceAllString(d.spell(sql), "$1 ")})
		}
	}
	if key != "" {
		drop = onTable(o) + " DROP CONSTRAINT " + ident.Quote(o.Name)
	}
	return up, []Statement{{SQL: d.spell(drop)}}
}
