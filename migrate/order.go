package migrate

import "fmt"

// stage is a run of migrations of one scope that may follow each other.
type stage struct {
	scope      Scope
	migrations []*Migration
}

// order merges the two histories. Shared migrations come first as far as they can;
// a stage of tenant migrations is put before one that must be after them.
func order(shared, tenants Source) ([]stage, error) {
	o := orderer{left: map[Scope]Source{Shared: shared, Tenant: tenants}}
	if err := o.targetsExist(shared, tenants); err != nil {
		return nil, err
	}
	for len(o.left[Shared])+len(o.left[Tenant]) > 0 {
		if o.take(Shared) {
			continue
		}
		if !o.take(Tenant) {
			return nil, o.cycle()
		}
	}
	return o.stages, nil
}

type orderer struct {
	left   map[Scope]Source
	stages []stage
}

// take moves the next migration of a scope to the stages if nothing stands before it.
func (o *orderer) take(scope Scope) bool {
	if len(o.left[scope]) == 0 {
		return false
	}
	m := o.left[scope][0]
	for _, ref := range m.After {
		if o.left[ref.Scope].Find(ref.Version) != nil {
			return false
		}
	}
	o.left[scope] = o.left[scope][1:]
	if n := len(o.stages); n == 0 || o.stages[n-1].scope != scope {
		o.stages = append(o.stages, stage{scope: scope})
	}
	last := &o.stages[len(o.stages)-1]
	last.migrations = append(last.migrations, m)
	return true
}

func (o *orderer) targetsExist(shared, tenants Source) error {
	all := map[Scope]Source{Shared: shared, Tenant: tenants}
	for _, s := range all {
		for _, m := range s {
			for _, ref := range m.After {
				if all[ref.Scope].Find(ref.Version) == nil {
					return &OrderError{m.String(), fmt.Sprintf("is to run after %s, which does not exist", ref)}
				}
			}
		}
	}
	return nil
}

func (o *orderer) cycle() error {
	a, b := o.left[Shared][0], o.left[Tenant][0]
	return &OrderError{a.String(), fmt.Sprintf("and %s wait for each other: remove one of the +rowhouse after lines", b)}
}
