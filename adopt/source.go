package adopt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// given reads the user's migrations up to a version of the tenant scope.
func (a *Adopter) given(m *model, version int64) (err error) {
	if m.shared, err = load(a.c.SharedDir, migrate.Shared); err != nil {
		return err
	}
	all, err := load(a.c.TenantDir, migrate.Tenant)
	if err != nil {
		return err
	}
	if all.Find(version) == nil {
		return fmt.Errorf("stamp: %w", &migrate.UnknownError{Ref: migrate.Ref{Scope: migrate.Tenant, Version: version}})
	}
	for _, one := range all {
		if one.Version <= version {
			m.tenant = append(m.tenant, one)
		}
	}
	return nil
}

// empty refuses folders that have migrations, but for a baseline that a killed run has
// left, which no ledger knows.
func (a *Adopter) empty(ctx context.Context, db querier) error {
	for dir, scope := range map[string]migrate.Scope{a.c.SharedDir: migrate.Shared, a.c.TenantDir: migrate.Tenant} {
		source, err := load(dir, scope)
		if err != nil {
			return err
		}
		if len(source) == 0 {
			continue
		}
		used, err := inLedger(ctx, db, scope)
		if err != nil {
			return err
		}
		if used || len(source) > 1 || !left(dir) {
			return fmt.Errorf("%s %w", dir, ErrFolder)
		}
	}
	return nil
}

// inLedger reports whether anything of a scope was ever applied here.
func inLedger(ctx context.Context, db querier, scope migrate.Scope) (used bool, err error) {
	var there bool
	err = db.QueryRow(ctx, "SELECT to_regclass('rowhouse.ledger') IS NOT NULL").Scan(&there)
	if err != nil || !there {
		return false, err
	}
	err = db.QueryRow(ctx, "SELECT EXISTS (SELECT FROM rowhouse.ledger WHERE (target = 'shared') = $1::boolean)", scope == migrate.Shared).Scan(&used)
	return used, err
}

// load reads a folder of migrations. One that is not there has none.
func load(dir string, scope migrate.Scope) (migrate.Source, error) {
	source, err := migrate.Load(os.DirFS(dir), ".", scope)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return source, err
}

func (a *Adopter) runner(m *model) (*migrate.Runner, error) {
	return migrate.New(migrate.Config{
		Shared: m.shared, Tenant: m.tenant, Main: a.c.Server, Names: a.c.Names, Levels: isolation.LevelsOf(a.level),
	})
}
