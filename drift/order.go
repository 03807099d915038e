package drift

import (
	"slices"

	"github.com/rowhouse-go/rowhouse/catalog"
)

// inOrder puts objects of a kind behind those of the kind that they are made of:
// views behind views, partitions behind what they are partitions of.
func inOrder(all []catalog.Object) (out []catalog.Object) {
	left := slices.Clone(all)
	for len(left) > 0 {
		var later []catalog.Object
		for _, o := range left {
			if waits(o, left) {
				later = append(later, o)
			} else {
				out = append(out, o)
			}
		}
		if len(later) == len(left) {
			return append(out, later...) // they wait for each other
		}
		left = later
	}
	return out
}

// waits reports whether an object is made of another one that is still to come.
func waits(o catalog.Object, left []catalog.Object) bool {
	switch o.Kind {
	case "table", "view", "materialized view", "function", "aggregate", "domain", "composite type", "range":
	default:
		return false
	}
	return slices.ContainsFunc(left, func(other catalog.Object) bool {
		return other.Table == "" && phaseOf(other) == phaseOf(o) && needs(o, other)
	})
}

// phaseOf is the phase in which an object is made, for those that may need another
// of the same phase.
func phaseOf(o catalog.Object) phase {
	switch o.Kind {
	case "view", "materialized view":
		return views
	case "table":
		return tables
	case "function", "procedure", "aggregate":
		return functions
	case "enum", "domain", "composite type", "range":
		return types
	}
	return phases
}
