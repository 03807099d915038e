package pglocal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Companion is another server program that is run the way a cluster is: not as root,
// in a temporary directory of its own, and ended with this process. A pooler, say.
type Companion struct {
	server  *server
	dir     string
	stop    sync.Once
	stopped error
}

// StartCompanion runs a program in a new directory that holds the given files by
// name; args may name them without a directory. It does not wait for it to be ready.
func StartCompanion(ctx context.Context, program string, files map[string]string, args ...string) (*Companion, error) {
	as, err := serverAccount(-1)
	if err != nil {
		return nil, err
	}
	dir, err := tempDir(ctx, as)
	if err != nil {
		return nil, err
	}
	started, err := startCompanion(ctx, as, dir, program, files, args)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return started, nil
}

func startCompanion(ctx context.Context, as account, dir, program string, files map[string]string, args []string) (*Companion, error) {
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), as.own(path)); err != nil {
			return nil, err
		}
	}
	cmd := as.command(context.WithoutCancel(ctx), program, args...)
	cmd.Dir = dir
	running, err := launch(cmd, &tail{})
	return &Companion{server: running, dir: dir}, err
}

// Dir is the directory that holds its files.
func (c *Companion) Dir() string { return c.dir }

// Done is closed when the program has ended, asked or not.
func (c *Companion) Done() <-chan struct{} { return c.server.done }

// Log is the end of what the program printed.
func (c *Companion) Log() string { return c.server.log.String() }

// Stop interrupts the program, then insists, and removes its directory.
func (c *Companion) Stop(ctx context.Context) error {
	c.stop.Do(func() {
		if err := c.server.stop(ctx, fastShutdown, immediateShutdown); err != nil {
			c.stopped = fmt.Errorf("stop %s: %w", c.server.cmd.Path, err)
		}
		c.stopped = errors.Join(c.stopped, os.RemoveAll(c.dir))
	})
	return c.stopped
}
