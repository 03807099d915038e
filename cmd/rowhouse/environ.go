package main

import (
	"context"
	"os"
	"path/filepath"
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
		"PGOPTIONS", "PGSERVICE", "PGSERVICEFILE", "PGTARGETSESSIONATTRS", "GOOSE_DRIVER", "GOOSE_DBSTRING":
		return true
	}
	return false
}

// gooseVariables are those that goose, which does not know DATABASE_URL, connects by.
// Called by its name it gets the tenant's. In whatever else they are empty, so that a
// shell can hand it the URL as an argument: goose refuses to have both. Empty and not
// unset, because what is unset it reads from a file .env, which leads elsewhere.
func gooseVariables(program string, env []string) []string {
	if strings.TrimSuffix(filepath.Base(program), ".exe") != "goose" {
		return []string{"GOOSE_DRIVER=", "GOOSE_DBSTRING="}
	}
	variables := []string{"GOOSE_DRIVER=postgres"}
	for _, entry := range env {
		if url, ok := strings.CutPrefix(entry, "DATABASE_URL="); ok {
			variables = append(variables, "GOOSE_DBSTRING="+url)
		}
	}
	return variables
}
