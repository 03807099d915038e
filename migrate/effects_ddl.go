package migrate

import (
	"slices"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// create reads CREATE statements.
func (r *reader) create(code []sqllex.Token) {
	head := code[:min(len(code), 6)]
	switch {
	case hasAny(head, "INDEX"):
		r.index(code)
	case hasAny(head, "TRIGGER") && !hasAny(head, "EVENT"):
		r.lock(r.after(code, "ON"), shareRowExclusive)
	case hasAny(head, "POLICY"):
		r.lock(r.after(code, "ON"), accessExclusive)
	case hasAny(head, "RULE"):
		r.lock(r.after(code, "TO"), accessExclusive)
	case hasAny(head, "TABLE"):
		r.references(code)
		r.lock(r.partitioned(code), accessExclusive)
		r.made[r.after(code, "TABLE")] = true
	}
}

// partitioned returns the table that a new one is to be a part of.
func (r *reader) partitioned(code []sqllex.Token) string {
	if i := slices.IndexFunc(code, func(t sqllex.Token) bool { return t.Is("PARTITION") }); at(code, i+1, "OF") {
		name, _ := r.table(code, i+2)
		return name
	}
	return ""
}

func (r *reader) index(code []sqllex.Token) {
	table := r.after(code, "ON")
	if hasAny(code[:min(len(code), 4)], "CONCURRENTLY") {
		r.lock(table, shareUpdateExclusive)
		return
	}
	r.lock(table, share)
	r.slow(table, "nobody writes to "+table+" while the index is built",
		"use CREATE INDEX CONCURRENTLY in a file of its own with -- +goose NO TRANSACTION")
}

// drop reads DROP statements.
func (r *reader) drop(code []sqllex.Token) {
	switch {
	case at(code, 1, "TABLE"), at(code, 1, "MATERIALIZED"), at(code, 1, "FOREIGN"):
		names, _ := relationNames(code, "")
		for _, name := range r.named(code, names) {
			r.lock(name, accessExclusive)
			if at(code, 1, "TABLE") && !r.made[name] {
				r.find(DataLoss, "drops the table %s with its rows: nothing brings them back", name)
			}
			delete(r.made, name)
		}
	case at(code, 1, "SCHEMA"), at(code, 1, "OWNED"):
		r.find(DataLoss, "drops a schema with what is in it")
	case at(code, 1, "TRIGGER"), at(code, 1, "POLICY"), at(code, 1, "RULE"):
		r.lock(r.after(code, "ON"), accessExclusive)
	case hasAny(code[len(code)-1:], "CASCADE"):
		r.find(DataLoss, "CASCADE also drops the columns and defaults that use it")
	}
}

// named is for names with a schema before them, which relationNames leaves out.
func (r *reader) named(code []sqllex.Token, names []string) []string {
	if len(names) > 0 {
		return names
	}
	if name := r.after(code, "TABLE"); name != "" {
		return []string{name}
	}
	return nil
}

func (r *reader) truncate(code []sqllex.Token) {
	for i := 1; i < len(code); {
		name, next := r.table(code, i)
		r.lock(name, accessExclusive)
		if !r.made[name] {
			r.find(DataLoss, "empties the table %s: nothing brings its rows back", name)
		}
		if next >= len(code) || code[next].Text != "," {
			return
		}
		i = next + 1
	}
}

// change reads statements that write rows.
func (r *reader) change(code []sqllex.Token) {
	switch {
	case at(code, 0, "INSERT"):
		r.lock(r.after(code, "INTO"), rowExclusive)
	case at(code, 0, "DELETE"):
		table := r.after(code, "FROM")
		r.lock(table, rowExclusive)
		if !hasAny(code, "WHERE") && !r.made[table] {
			r.find(DataLoss, "deletes every row of %s", table)
		}
	case at(code, 0, "UPDATE"):
		table, _ := r.table(code, 1)
		r.lock(table, rowExclusive)
		r.slow(table, "updates "+table, "do it in batches, in a Go migration or beside the migrations")
	}
}

// maintain reads statements that work on whole tables.
func (r *reader) maintain(code []sqllex.Token) {
	switch {
	case at(code, 0, "VACUUM") && hasAny(code, "FULL"), at(code, 0, "CLUSTER"):
		last := code[len(code)-1].Name()
		r.lock(last, accessExclusive)
		r.rewrite(last, "this")
	case at(code, 0, "REFRESH") && !hasAny(code, "CONCURRENTLY"):
		r.lock(r.after(code, "VIEW"), accessExclusive)
	case at(code, 0, "REINDEX") && at(code, 1, "TABLE") && !hasAny(code, "CONCURRENTLY"):
		table, _ := r.table(code, 2)
		r.lock(table, share)
		r.slow(table, "nobody writes to "+table+" while its indexes are built", "use REINDEX TABLE CONCURRENTLY")
	case at(code, 0, "LOCK"):
		table, _ := r.table(code, 1)
		r.lock(table, accessExclusive)
	}
}
