package migrate_test

import (
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// readOnlyMark is what makes the database refuse an application's writes.
func readOnlyMark(t *tenant.Tenant) string { return isolation.ReadOnly(t.ID, true).Inline() }
