package catalog

import (
	"fmt"
	"strings"
)

// String explains the difference in one line: what there is, and what was expected.
func (d Difference) String() string {
	object := d.Object
	if d.Kind != "column" {
		object = d.Kind + " " + object
	}
	switch {
	case d.Missing:
		return object + ": missing"
	case d.Extra:
		return object + ": not expected"
	}
	want, have := shorten(d.Want, d.Have)
	if d.Kind == "column" && d.Attribute == "type" {
		return fmt.Sprintf("%s: %s, expected %s", object, shortType(have), shortType(want))
	}
	return fmt.Sprintf("%s: %s %s, expected %s", object, d.Attribute, have, want)
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
