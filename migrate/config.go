package migrate

// Config returns what the runner works with, for what compares tenants with their
// migrations.
func (r *Runner) Config() Config { return r.c }
