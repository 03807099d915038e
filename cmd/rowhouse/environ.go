package main

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// environ is this process's environment with the tenant's on top. What would lead
// libpq elsewhere is taken out: it believes PGSERVICE and PGHOSTADDR more than PGHOST.
func environ(ctx context.Context, h *rowhouse.House, t *tenant.Tenant) ([]string, error) {
	own, err := h.Environ(ctx, t)
	if err != nil {
		return nil, err
	}
	ours := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return connects(name) || strings.HasPrefix(name, "ROWHOUSE_TENANT")
	})
	return append(ours, own...), nil
}

// connects reports whether a variable says where programs connect to.
func connects(name string) bool {
	switch name {
	case "DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE",
		"PGOPTIONS", "PGSERVICE", "PGSERVICEFILE", "PGTARGETSESSIONATTRS":
		return true
	}
	return false
}
