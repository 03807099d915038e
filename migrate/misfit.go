package migrate

import (
	"errors"
	"fmt"
	"slices"
)

// misfit is what a database says about files that do not fit what it has.
type misfit struct {
	home home
	err  error
}

// toldOnce joins what databases say. People want to read of a file once, however many
// tell of it: a change is told with all who have the old text, a file that is missing
// with the first database that had it.
func toldOnce(all []misfit) error {
	slices.SortStableFunc(all, func(a, b misfit) int { return compareHomes(a.home, b.home) })
	var told []error
	for _, m := range all {
		if slices.ContainsFunc(told, func(before error) bool { return sameFile(before, m.err) }) {
			continue
		}
		if is, ok := errors.AsType[*ChangedError](m.err); ok {
			told = append(told, fmt.Errorf("migrate: %w", is))
		} else {
			told = append(told, fmt.Errorf("migrate: %s: %w", m.home, m.err))
		}
	}
	return errors.Join(told...)
}

// sameFile reports whether both tell of one file, and counts the targets of the
// second with those of the first.
func sameFile(before, err error) bool {
	if unknown, ok := errors.AsType[*UnknownError](err); ok {
		first, ok := errors.AsType[*UnknownError](before)
		return ok && *first == *unknown
	}
	changed, ok1 := errors.AsType[*ChangedError](err)
	first, ok2 := errors.AsType[*ChangedError](before)
	if !ok1 || !ok2 || first.Migration != changed.Migration {
		return false
	}
	first.Targets += changed.Targets
	return true
}
