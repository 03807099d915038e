package migrate

import (
	"fmt"
	"slices"
)

// RingLabel is the label that orders a staged rollout: see [Options.Rings].
const RingLabel = "ring"

func (t *target) ring() string {
	if t.tenant == nil {
		return ""
	}
	return t.tenant.Labels[RingLabel]
}

// waves cuts the work of a stage into what may run side by side.
func (o Options) waves(parts []*job) (waves [][]*job) {
	rest := slices.Clone(parts)
	for _, ring := range o.Rings {
		var wave []*job
		rest = slices.DeleteFunc(rest, func(j *job) bool {
			if j.target.ring() != ring {
				return false
			}
			wave = append(wave, j)
			return true
		})
		waves = append(waves, wave)
	}
	return append(waves, rest)
}

// knowsRings refuses a ring without tenants: a typing mistake would roll out to
// everybody at once.
func (f *fleet) knowsRings(rings []string) error {
	for _, ring := range rings {
		if !slices.ContainsFunc(f.targets, func(t *target) bool { return t.tenant != nil && t.ring() == ring }) {
			return fmt.Errorf("migrate: no tenant has the label %s=%s: %w", RingLabel, ring, ErrNoRing)
		}
	}
	return nil
}

// halted reports whether enough tenants failed to stop.
func (u *upRun) halted() bool { return u.o.HaltAfter > 0 && u.failed >= u.o.HaltAfter }

// halt is the error of a run that stopped because of its failures.
func (u *upRun) halt() error {
	if !u.halted() {
		return nil
	}
	return fmt.Errorf("migrate: %w after %d failure(s)", ErrHalted, u.failed)
}
