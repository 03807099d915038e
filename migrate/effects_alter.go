package migrate

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// alter reads ALTER statements. Those of other objects lock no table for long.
func (r *reader) alter(code []sqllex.Token) {
	i := 1
	if at(code, i, "FOREIGN") || at(code, i, "MATERIALIZED") {
		i++
	}
	if !at(code, i, "TABLE") {
		return
	}
	table, next := r.table(code, i+1)
	for _, action := range actions(code[min(next, len(code)):]) {
		r.action(table, action)
	}
}

// actions cuts what an ALTER TABLE does at the commas that are in no parentheses.
func actions(code []sqllex.Token) (out [][]sqllex.Token) {
	depth, begin := 0, 0
	for i, t := range code {
		switch t.Text {
		case "(", "[":
			depth++
		case ")", "]":
			depth--
		case ",":
			if depth == 0 {
				out = append(out, code[begin:i])
				begin = i + 1
			}
		}
	}
	return append(out, code[begin:])
}

func (r *reader) action(table string, code []sqllex.Token) {
	if len(code) == 0 {
		return
	}
	switch strings.ToUpper(code[0].Text) {
	case "ADD":
		r.add(table, code)
	case "DROP":
		r.dropPart(table, code)
	case "ALTER":
		r.column(table, code)
	case "VALIDATE", "CLUSTER", "ATTACH":
		r.lock(table, shareUpdateExclusive)
	case "ENABLE", "DISABLE":
		r.lock(table, map[bool]string{true: shareRowExclusive, false: accessExclusive}[hasAny(code, "TRIGGER")])
	case "SET":
		r.lock(table, accessExclusive)
		if hasAny(code, "LOGGED", "UNLOGGED", "TABLESPACE", "METHOD") {
			r.rewrite(table, "SET "+code[1].Text)
		}
	default:
		r.lock(table, accessExclusive)
	}
}

func (r *reader) add(table string, code []sqllex.Token) {
	if at(code, 1, "CONSTRAINT") || at(code, 1, "FOREIGN") || at(code, 1, "PRIMARY") || at(code, 1, "UNIQUE") || at(code, 1, "CHECK") || at(code, 1, "EXCLUDE") {
		r.constraint(table, code)
		return
	}
	r.lock(table, accessExclusive)
	r.references(code)
	filled := hasAny(code, "DEFAULT", "GENERATED", "serial", "bigserial", "smallserial")
	if hasAny(code, "NULL") && followed(code, "NOT", "NULL") && !filled && !r.made[table] {
		r.find(NotNull, "a column of %s that is NOT NULL and has no DEFAULT: this fails for every tenant with a row in it", table)
	}
	switch {
	case hasAny(code, "serial", "bigserial", "smallserial"), followed(code, "AS", "IDENTITY"), hasAny(code, "STORED"):
		r.rewrite(table, "a column whose value differs from row to row")
	case hasAny(code, "DEFAULT") && hasAny(code, "random", "gen_random_uuid", "uuid_generate_v4", "clock_timestamp", "timeofday", "nextval"):
		r.rewrite(table, "a default that differs from row to row")
	}
}

func (r *reader) constraint(table string, code []sqllex.Token) {
	valid := !followed(code, "NOT", "VALID")
	switch {
	case hasAny(code, "FOREIGN"):
		r.lock(table, shareRowExclusive)
		r.references(code)
		if valid {
			r.slow(table, "reads all of "+table+" to check the foreign key", "add it NOT VALID, and VALIDATE CONSTRAINT in the next file")
		}
	case followed(code, "USING", "INDEX"):
		r.lock(table, accessExclusive)
	case hasAny(code, "CHECK"):
		r.lock(table, accessExclusive)
		if valid {
			r.slow(table, "reads all of "+table+" to check the constraint, and nobody can read it meanwhile", "add it NOT VALID, and VALIDATE CONSTRAINT in the next file")
		}
	default:
		r.lock(table, accessExclusive)
		r.slow(table, "nobody can read "+table+" while the index is built", "build it with CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX")
	}
}

func (r *reader) dropPart(table string, code []sqllex.Token) {
	r.lock(table, accessExclusive)
	if at(code, 1, "CONSTRAINT") {
		return
	}
	i := 1
	for at(code, i, "COLUMN") || at(code, i, "IF") || at(code, i, "EXISTS") {
		i++
	}
	if i < len(code) && !r.made[table] {
		r.find(DataLoss, "drops %s.%s with what is in it: nothing brings it back", table, code[i].Name())
	}
}

func (r *reader) column(table string, code []sqllex.Token) {
	name := 1
	if at(code, 1, "COLUMN") {
		name = 2
	}
	switch {
	case at(code, name+2, "STATISTICS"):
		r.lock(table, shareUpdateExclusive)
		return
	case at(code, name+1, "TYPE"), at(code, name+2, "DATA"):
		// Only a wider varchar, or text instead of one, needs no rewrite, and that the
		// text does not tell.
		r.rewrite(table, "a change of a column's type")
	case at(code, name+1, "SET") && at(code, name+2, "NOT"):
		r.slow(table, "reads all of "+table+" to find NULLs, and nobody can read it meanwhile",
			"add CHECK (… IS NOT NULL) NOT VALID and validate it before")
	}
	r.lock(table, accessExclusive)
}

// followed reports whether a second word comes after a first one.
func followed(code []sqllex.Token, first, second string) bool {
	for i := range code {
		if code[i].Is(first) {
			return hasAny(code[i+1:], second)
		}
	}
	return false
}
