package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rowhouse-go/rowhouse/internal/sqlitefile"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Options bound what [Homes] holds.
type Options struct {
	Conns int // connections in use, and open, at a time; 0 is 64
}

// Homes keeps the files of one directory. It is safe for concurrent use, also beside
// other programs.
type Homes struct {
	dir   string
	pool  *pool
	turns *turns
}

// Open returns the homes of a directory, which must have been made: see [Init].
func Open(dir string, o Options) (*Homes, error) {
	if o.Conns == 0 {
		o.Conns = 64
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	h := &Homes{dir: dir, turns: newTurns()}
	h.pool = newPool(h.sharedFile(), o.Conns)
	if _, err := os.Stat(h.sharedFile()); err != nil {
		return nil, fmt.Errorf("sqlite: open the shared tables: %w", err)
	}
	return h, nil
}

// Init makes the directory and the shared file where they are missing.
func Init(ctx context.Context, dir string) error {
	h := &Homes{dir: dir}
	for _, sub := range []string{h.tenantsDir(), h.locksDir()} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return fmt.Errorf("sqlite: %w", err)
		}
	}
	if err := create(ctx, h.sharedFile(), append(ledger(), rollouts()...)); err != nil {
		return fmt.Errorf("sqlite: make the shared tables: %w", err)
	}
	return nil
}

// create runs statements in one transaction of a file that may have to be made.
func create(ctx context.Context, file string, statements []isolation.Statement) error {
	h, err := openHandle(ctx, file, "", sqlitefile.Create)
	if err != nil {
		return err
	}
	defer h.close()
	return h.inTx(ctx, func() error { return h.run(ctx, statements) })
}

// Close closes the connections that nobody uses; the others are closed when they are
// given back.
func (h *Homes) Close() { h.pool.close() }

// RegistryFile is where the list of tenants belongs.
func (h *Homes) RegistryFile() string { return RegistryFile(h.dir) }

// RegistryFile is where the list of tenants of a directory belongs.
func RegistryFile(dir string) string { return filepath.Join(dir, "registry.db") }

func (h *Homes) sharedFile() string { return filepath.Join(h.dir, "shared.db") }

func (h *Homes) tenantsDir() string { return filepath.Join(h.dir, "tenants") }

func (h *Homes) locksDir() string { return filepath.Join(h.dir, "locks") }

// file returns the file of a tenant. It follows from the id alone: whatever the
// placement says, it cannot lead to another's.
func (h *Homes) file(id tenant.ID, p tenant.Placement) (string, error) {
	if p.Level != tenant.Database || p.Database != id.String() {
		return "", fmt.Errorf("sqlite: tenant %s is placed in database %q: %w", id, p.Database, tenant.ErrMoved)
	}
	return filepath.Join(h.tenantsDir(), id.String()+".db"), nil
}

// File returns the path of a tenant's file, for programs that open it themselves.
func (h *Homes) File(t *tenant.Tenant) (string, error) { return h.file(t.ID, t.Placement) }

// missing reports whether an error says that a file is not there.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || sqlitefile.Missing(err)
}

// Name returns sqlite.
func (h *Homes) Name() string { return "sqlite" }

// InUse counts the connections that somebody holds.
func (h *Homes) InUse() int { return len(h.pool.slots) }
