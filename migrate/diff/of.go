package diff

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/rowhouse-go/rowhouse/migrate"
)

// Of returns the comparison that a program of your own makes, which has the desired
// state in Go: r is what its runner works with, as in h.Migrate().Config(). The scope's
// migrations are read from dir now, where [Next] writes; the runner's were read when it
// was made, and may be embedded.
func Of(r migrate.Config, scope migrate.Scope, dir string, desired Desired) (Config, error) {
	c := Config{
		Scope: scope, Desired: desired, Dir: dir, Shared: r.Shared, Tenant: r.Tenant,
		Names: r.Names, Both: r.Both, Conns: r.Conns, Main: r.Main,
	}
	if r.Broken != nil {
		return c, fmt.Errorf("diff: %w", r.Broken)
	}
	files, err := migrate.Load(os.DirFS(dir), ".", scope)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("diff: %w", err)
	}
	if scope == migrate.Shared {
		c.Shared = files
	} else {
		c.Tenant = files
	}
	return c, nil
}
