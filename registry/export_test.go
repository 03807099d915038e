package registry

// Sizes returns how many tenants, names and unknown keys are in memory.
func (c *Cache) Sizes() (tenants, names, unknown int) {
	c.tenants.CleanUp()
	c.names.CleanUp()
	c.unknown.CleanUp()
	return c.tenants.EstimatedSize(), c.names.EstimatedSize(), c.unknown.EstimatedSize()
}
