package tenant

import (
	"maps"
	"slices"
)

// Clone returns a copy that shares nothing with t.
func (t *Tenant) Clone() *Tenant {
	c := *t
	c.Settings = maps.Clone(t.Settings)
	for key, value := range c.Settings {
		c.Settings[key] = slices.Clone(value)
	}
	c.Labels = maps.Clone(t.Labels)
	c.Domains = slices.Clone(t.Domains)
	return &c
}
