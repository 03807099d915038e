package catalog

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Schema is what a schema contains.
type Schema struct {
	Name    string
	Objects []Object // by kind, table and name
	text    string   // what the fingerprint is the hash of
}

// Fingerprint returns what [Fingerprint] returns for this schema.
func (s Schema) Fingerprint() string {
	sum := sha256.Sum256([]byte(s.text))
	return hex.EncodeToString(sum[:])
}

// Object is one thing in a schema.
type Object struct {
	Kind  string // table, column, constraint, index, function …
	Table string // the table, view or domain that it belongs to; may be empty
	Name  string // a function's has its arguments; a comment's is what it is on
	Attrs []Attr
}

// Attr is one property of an object. What has PostgreSQL's default is left out.
type Attr struct{ Name, Value string }

// Attr returns a property's value; "" where it has the default.
func (o Object) Attr(name string) string {
	for _, a := range o.Attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// Definition returns the SQL that makes the object, or its essential part, with
// [Placeholder] for the schema; "" for kinds that are described by other attributes.
func (o Object) Definition() string { return o.Attr("definition") }

// String is the object's name for people: table and name. A comment's has what it
// is on.
func (o Object) String() string {
	if o.Kind == "comment" {
		kind, name := o.Commented()
		return kind + " " + Object{Table: o.Table, Name: name}.String()
	}
	switch {
	case o.Table == "":
		return plain(o.Name)
	case o.Name == "":
		return plain(o.Table)
	}
	return o.Table + "." + o.Name
}

// Commented returns the kind of what a comment is on and, where that belongs to
// Table, its name; otherwise it is Table itself.
func (o Object) Commented() (kind, name string) {
	switch kind, name, _ = strings.Cut(o.Name, " "); kind {
	case "column", "index", "constraint", "trigger", "policy":
		return kind, name
	}
	return o.Name, ""
}

// Find returns the object of this kind, table and name. ok is false where there is
// none.
func (s Schema) Find(kind, table, name string) (o Object, ok bool) {
	i, ok := slices.BinarySearchFunc(s.Objects, Object{Kind: kind, Table: table, Name: name}, compare)
	if !ok {
		return Object{}, false
	}
	return s.Objects[i], true
}

func compare(a, b Object) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Name, b.Name))
}

// The separators of facts.sql.
const (
	endOfObject = "\x1e"
	endOfPart   = "\x1f"
)

func parse(name, text string) Schema {
	s := Schema{Name: name, text: text}
	if text == "" {
		return s
	}
	for line := range strings.SplitSeq(text, endOfObject) {
		parts := strings.Split(line, endOfPart)
		for len(parts) < 3 {
			parts = append(parts, "") // a comment with a separator in it
		}
		o := Object{Kind: parts[0], Table: parts[1], Name: parts[2]}
		for _, part := range parts[3:] {
			attr, value, _ := strings.Cut(part, "=")
			o.Attrs = append(o.Attrs, Attr{attr, value})
		}
		s.Objects = append(s.Objects, o)
	}
	slices.SortStableFunc(s.Objects, compare)
	return s
}
