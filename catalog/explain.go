package catalog

import (
	"fmt"
	"strings"
)

// String explains the difference in one line: what there is, and what was expected.
func (d Difference) String() string {
	object := d.object()
	switch {
	case d.Missing:
		return object + ": missing"
	case d.Extra:
		return object + ": not expected"
	case d.Want == "true" && d.Have == "":
		return object + ": lacks " + d.Attribute
	case d.Have == "true" && d.Want == "":
		return fmt.Sprintf("%s: %s, not expected", object, d.Attribute)
	}
	want, have := shorten(d.Want, d.Have)
	switch {
	case d.Kind == "column" && d.Attribute == "type":
		return fmt.Sprintf("%s: %s, expected %s", object, shortType(have), shortType(want))
	case d.Kind == "comment":
		return fmt.Sprintf("%s: %s, expected %s", object, have, want)
	}
	return fmt.Sprintf("%s: %s %s, expected %s", object, d.Attribute, have, want)
}

// object is what the line begins with. A column needs no more than its name.
func (d Difference) object() string {
	switch d.Kind {
	case "column":
		return d.Object
	case "comment":
		return "comment on " + d.Object
	}
	return d.Kind + " " + d.Object
}

// shorten leaves out the placeholder and, of long texts, all but the first place
// where they differ.
func shorten(want, have string) (w, h string) {
	w, h = plain(want), plain(have)
	if w == h {
		w, h = want, have
	}
	if strings.Contains(w, "\n") || strings.Contains(h, "\n") {
		w, h = firstLine(w, h)
	}
	return word(w), word(h)
}

func plain(s string) string { return strings.ReplaceAll(s, Placeholder+".", "") }

// firstLine returns the first line in which two texts differ.
func firstLine(a, b string) (first, second string) {
	for a != b {
		first, a, _ = strings.Cut(a, "\n")
		second, b, _ = strings.Cut(b, "\n")
		if first != second {
			return strings.TrimSpace(first), strings.TrimSpace(second)
		}
	}
	return a, b
}

func word(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// shortType writes types as people do.
func shortType(s string) string {
	return strings.NewReplacer("character varying", "varchar", "timestamp with time zone", "timestamptz",
		"timestamp without time zone", "timestamp", "double precision", "float8").Replace(s)
}
