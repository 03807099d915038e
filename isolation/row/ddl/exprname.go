package ddl

import "github.com/rowhouse-go/rowhouse/internal/sqllex"

// elementNames returns what the columns and expressions of an index are called in
// the index's own name.
func (s *statement) elementNames(list int) []string {
	var names []string
	for _, p := range s.list(list+1, s.skip(list)-1) {
		names = append(names, firstOf(s.elementName(p), "expr"))
	}
	return names
}

// elementName leaves out what follows the column or expression: collation, operator
// class and order.
func (s *statement) elementName(p part) string {
	switch {
	case s.at(p.from, "("):
		return s.expressionName(part{p.from, s.skip(p.from)})
	case s.at(p.from, "CAST", "("):
		return s.castName(p.from + 2)
	}
	name, _ := s.primary(p.from)
	return name
}

// expressionName names an expression as PostgreSQL does: by its column, its function
// or its type, looking through parentheses, casts and collations. Most operators
// have no name: "".
func (s *statement) expressionName(p part) string {
	i := p.from
	switch {
	case s.at(i, "(") && s.skip(i) == p.to:
		return s.expressionName(part{i + 1, p.to - 1})
	case s.at(i, "CAST", "("):
		return s.castName(i + 2)
	case s.at(i, "CASE"):
		return s.caseName(p)
	case s.at(i, "ARRAY", "["):
		return "array"
	case s.at(i, "NOT"):
		return ""
	case p.to == i+2 && s.code[i+1].Kind == sqllex.String:
		return s.typeName(i)
	case s.at(i, "("):
		inner := part{i + 1, s.skip(i) - 1}
		return s.suffixed(s.expressionName(inner), part{inner.to + 1, p.to})
	}
	name, to := s.primary(i)
	return s.suffixed(name, part{to, p.to})
}

// suffixed returns the name of an expression with what stands behind it.
func (s *statement) suffixed(name string, p part) string {
	for i := p.from; i < p.to; {
		switch {
		case s.at(i, "["):
			i = s.skip(i)
		case s.at(i, ":", ":"):
			name = firstOf(name, s.typeName(i+2))
			for i += 2; i < p.to && !s.at(i, ":") && !s.at(i, "COLLATE"); {
				if s.code[i].Kind == sqllex.Punct && !s.oneOf(i, "(", "[", ".") {
					return ""
				}
				i = s.skip(i)
			}
		case s.at(i, "COLLATE"):
			_, i = s.primary(i + 1)
		case s.at(i, "AT", "TIME", "ZONE"):
			return "timezone"
		default:
			return ""
		}
	}
	return name
}

// primary reads a name or a call.
func (s *statement) primary(i int) (name string, to int) {
	name, to = s.name(i), i+1
	for s.at(to, ".") {
		name = s.name(to + 1)
		to += 2
	}
	if !s.at(to, "(") {
		return name, to
	}
	if name == "trim" {
		name = s.trimName(to + 1)
	}
	return name, s.skip(to)
}

// trimName returns the function that TRIM is.
func (s *statement) trimName(i int) string {
	switch {
	case s.at(i, "LEADING"):
		return "ltrim"
	case s.at(i, "TRAILING"):
		return "rtrim"
	}
	return "btrim"
}

// castName names CAST (expression AS type), whose expression begins at i.
func (s *statement) castName(i int) string {
	as := s.top(i, "AS")
	if as < 0 {
		return ""
	}
	return firstOf(s.expressionName(part{i, as}), s.typeName(as+1))
}

// caseName names a CASE by what it is otherwise.
func (s *statement) caseName(p part) string {
	if !s.at(p.to-1, "END") {
		return ""
	}
	for i := p.to - 1; i > p.from; i-- {
		if s.at(i, "ELSE") {
			return firstOf(s.expressionName(part{i + 1, p.to - 1}), "case")
		}
	}
	return "case"
}

// typeName returns the name by which the catalog knows the type at i.
func (s *statement) typeName(i int) string {
	name, _ := s.primary(i)
	switch name {
	case "int", "integer":
		return "int4"
	case "bigint":
		return "int8"
	case "smallint":
		return "int2"
	case "boolean":
		return "bool"
	case "real":
		return "float4"
	case "float", "double":
		return "float8"
	case "decimal", "dec":
		return "numeric"
	case "char", "character":
		if s.at(i+1, "VARYING") {
			return "varchar"
		}
		return "bpchar"
	case "timestamp", "time":
		if s.zoned(i + 1) {
			return name + "tz"
		}
	}
	return name
}

// zoned reports whether WITH TIME ZONE follows, perhaps behind a precision.
func (s *statement) zoned(i int) bool {
	if s.at(i, "(") {
		i = s.skip(i)
	}
	return s.at(i, "WITH", "TIME", "ZONE")
}
