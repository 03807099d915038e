package migrate

// check compares the files of a scope with the texts that were applied.
func (v *view) check(all Source, scope Scope) error {
	for _, e := range v.entries {
		if e.ref.Scope != scope {
			continue
		}
		m := all.Find(e.ref.Version)
		switch {
		case m == nil && e.ref.Version < all.Head():
			return &UnknownError{e.ref}
		case m != nil && m.Checksum != e.checksum:
			return &ChangedError{Migration: scope.place(m.String()), Targets: e.targets}
		}
	}
	return nil
}

// holes returns the targets whose number of entries is not that of the files up to
// their head.
func (v *view) holes(targets []*target, sources map[Scope]Source) (keys []string) {
	for _, t := range targets {
		a := v.targets[t.key]
		files := 0
		for _, m := range sources[t.scope] {
			if m.Version <= a.head {
				files++
			}
		}
		if files != a.count {
			keys = append(keys, t.key)
		}
	}
	return keys
}

// outOfOrder returns an error for the first pending migration that is older than
// what the target has.
func (a applied) outOfOrder(t *target, all Source) error {
	for _, m := range a.pending(all) {
		if m.Version < a.head {
			return &MissingError{Migration: t.scope.place(m.String()), Head: a.head, Target: t.label}
		}
	}
	return nil
}
