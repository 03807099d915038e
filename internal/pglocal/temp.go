package pglocal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const tempPattern = "rowhouse-pg-"

// tempDir makes a directory that the server's account can enter, below one of the
// preferred roots or else a usual one: TMPDIR may be private to root.
func tempDir(ctx context.Context, as account, preferred ...string) (string, error) {
	var failures []error
	for _, root := range append(preferred, os.TempDir(), "/tmp", "/var/tmp") {
		dir, err := tempDirIn(ctx, root, as)
		if err == nil {
			return dir, nil
		}
		failures = append(failures, err)
	}
	return "", fmt.Errorf("make a temporary directory for PostgreSQL: %w", errors.Join(failures...))
}

func tempDirIn(ctx context.Context, root string, as account) (string, error) {
	dir, err := os.MkdirTemp(root, tempPattern)
	if err != nil {
		return "", err
	}
	if err = as.own(dir); err == nil {
		err = as.canEnter(ctx, dir)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(dir))
	}
	return dir, nil
}

// tempHome is a data directory that is removed when its cluster stops.
func tempHome(ctx context.Context, as account, preferred ...string) (*home, error) {
	temp, err := tempDir(ctx, as, preferred...)
	if err != nil {
		return nil, err
	}
	sweep(filepath.Dir(temp))
	opened, err := openHome(filepath.Join(temp, "data"))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(temp))
	}
	opened.temp = temp
	return opened, nil
}

// sweep removes what processes that were killed left behind: temporary clusters that
// nobody holds and that no server uses. It is best effort, on behalf of others.
func sweep(root string) {
	const settled = time.Minute // a younger one may still be taking its lock
	found, _ := filepath.Glob(filepath.Join(root, tempPattern+"*"))
	for _, temp := range found {
		if info, err := os.Stat(temp); err == nil && time.Since(info.ModTime()) > settled {
			sweepOne(temp)
		}
	}
}

func sweepOne(temp string) {
	data := filepath.Join(temp, "data")
	if _, err := os.Stat(filepath.Join(data, lockName)); err != nil {
		return
	}
	held, err := Lock(filepath.Join(data, lockName))
	if err != nil {
		return
	}
	defer held.Close()
	if pid := readPidFile(data).pid; pid == 0 || !serves(pid, data) {
		_ = os.RemoveAll(temp)
	}
}
