package ddl

import (
	"errors"
	"fmt"
	"strings"
)

// RefusedError says that a statement cannot be meant for shared tables. Nothing
// was run. It is [errors.ErrUnsupported].
type RefusedError struct {
	Object    string // what the statement is about: a table, a view, a function, a constraint
	Statement string // as it was written
	Reason    string // why, and what to do instead
}

// Error names the object and the reason.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("row level: %s: %s", e.Object, e.Reason)
}

// Unwrap returns [errors.ErrUnsupported].
func (e *RefusedError) Unwrap() error { return errors.ErrUnsupported }

// refuse returns a RefusedError about object, or about the statement's first words.
func (s *statement) refuse(object, format string, args ...any) error {
	if object == "" {
		object = s.head()
	}
	return &RefusedError{Object: object, Statement: s.text, Reason: fmt.Sprintf(format, args...)}
}

// head returns the first words, for a statement that names nothing.
func (s *statement) head() string {
	words := make([]string, 0, 3)
	for _, t := range s.code[:min(len(s.code), 3)] {
		words = append(words, t.Text)
	}
	return strings.Join(words, " ")
}
