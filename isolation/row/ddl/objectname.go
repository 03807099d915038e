package ddl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// keyName returns the name that PostgreSQL would give an unnamed key or index of
// these columns in a table without the tenant's column: label is pkey, key, excl or idx.
func (m *Model) keyName(table string, columns []string, label string) string {
	constraint := label != "idx"
	return choose(table, columns, label, func(name string) bool {
		return m.taken(name) || constraint && m.constrained(name)
	})
}

// foreignName does the same for a foreign key.
func (m *Model) foreignName(table string, columns []string) string {
	return choose(table, columns, "fkey", m.constrained)
}

func choose(table string, columns []string, label string, used func(string) bool) string {
	joined := join(columns)
	for n := 0; ; n++ {
		end := label
		if n > 0 {
			end += strconv.Itoa(n)
		}
		if name := objectName(table, joined, end); !used(name) {
			return name
		}
	}
}

// join joins column names until they are as long as a name can be.
func join(columns []string) string {
	var b strings.Builder
	for _, c := range columns {
		if b.Len() > ident.MaxName {
			break
		}
		if b.Len() > 0 {
			b.WriteByte('_')
		}
		b.WriteString(c)
	}
	return clip(b.String(), ident.MaxName)
}

// objectName joins the three; the longer of table and columns is cut until the
// whole is a name.
func objectName(table, columns, label string) string {
	room := ident.MaxName - len(label) - 1
	if columns != "" {
		room--
	}
	t, c := len(table), len(columns)
	for t+c > room {
		if t > c {
			t--
		} else {
			c--
		}
	}
	parts := []string{clip(table, t)}
	if columns != "" {
		parts = append(parts, clip(columns, c))
	}
	return strings.Join(append(parts, label), "_")
}

// clip cuts s to at most n bytes without cutting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// distinct numbers equal names, as PostgreSQL does for the columns of an index.
func distinct(names []string) []string {
	out := make([]string, 0, len(names))
	for _, name := range names {
		unique := name
		for n := 1; slices.Contains(out, unique); n++ {
			number := strconv.Itoa(n)
			unique = clip(name, ident.MaxName-len(number)) + number
		}
		out = append(out, unique)
	}
	return out
}
