package migrate

import "fmt"

// heldBack refuses a shared migration that must run after a tenant migration which
// some tenant of the same database lacks, be it chosen for this run or not.
func (u *upRun) heldBack(parts []*job) error {
	type wait struct {
		ref  Ref
		home home
	}
	over := map[wait]bool{}
	for _, p := range parts {
		for _, m := range p.todo {
			for _, ref := range m.After {
				w := wait{ref, p.target.home}
				if over[w] {
					continue
				}
				over[w] = true
				if t := u.without(ref, p.target.home); t != nil {
					return fmt.Errorf("migrate: %s waits for %s on tenant %s: %w", m, ref, t.label, ErrHeldBack)
				}
			}
		}
	}
	return nil
}

// without returns a target in a database that lacks a migration, or nil.
func (u *upRun) without(ref Ref, h home) *target {
	for _, t := range u.f.in(h) {
		have := u.f.have[t]
		if j := u.jobs[t]; j != nil {
			have = j.have
		}
		if t.scope == ref.Scope && (u.f.broken[t] != nil || !have.has(ref.Version)) {
			return t
		}
	}
	return nil
}
