package drift

import (
	"iter"
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
)

// setting is what a WITH (…) clause says, in order.
type setting [][2]string

func settings(o catalog.Object) (all setting) {
	if o.Attr("options") == "" {
		return nil
	}
	for pair := range strings.SplitSeq(o.Attr("options"), ", ") {
		key, value, _ := strings.Cut(pair, "=")
		all = append(all, [2]string{key, value})
	}
	return all
}

func (s setting) all() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, pair := range s {
			if !yield(pair[0], pair[1]) {
				return
			}
		}
	}
}

func (s setting) get(key string) string {
	for _, pair := range s {
		if pair[0] == key {
			return pair[1]
		}
	}
	return ""
}

// with returns the clause, with a space before it, or nothing.
func with(o catalog.Object) string {
	if o.Attr("options") == "" {
		return ""
	}
	return " WITH (" + o.Attr("options") + ")"
}
