package pglocal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// initdbOptions make the template; they are part of its cached name. The small WAL
// segments halve what has to be copied at each start.
func initdbOptions() []string {
	return []string{"-U", superuser, "-A", "trust", "-E", "UTF8", "--no-locale", "--wal-segsize=1", "--no-sync", "--no-instructions"}
}

// template is the directory of an empty cluster to copy, and what to do after the
// copy. It is made once per version and kept in the user's cache directory; where
// there is no such place it is made each time.
func template(ctx context.Context, as account, with Installation) (dir string, release func(), err error) {
	cached := cachePath(with)
	if isCluster(cached) {
		return cached, func() {}, nil
	}
	defer turn(ctx, cached)()
	if isCluster(cached) { // made while we waited
		return cached, func() {}, nil
	}
	return makeTemplate(ctx, as, with, cached)
}

func makeTemplate(ctx context.Context, as account, with Installation, cached string) (dir string, release func(), err error) {
	temp, err := tempDir(ctx, as)
	if err != nil {
		return "", nil, err
	}
	remove := func() { _ = os.RemoveAll(temp) }
	fresh := filepath.Join(temp, "template")
	if err := initdb(ctx, as, with, fresh); err != nil {
		remove()
		return "", nil, err
	}
	if store(cached, fresh) != nil { // no home, a full or a read-only disk: slower, not wrong
		return fresh, remove, nil
	}
	remove()
	return cached, func() {}, nil
}

// turn waits while another process makes the same template and returns what ends our
// turn. Without a lock, as on a read-only disk, everybody makes a template: slower,
// not wrong.
func turn(ctx context.Context, cached string) (done func()) {
	if cached == "" || os.MkdirAll(filepath.Dir(cached), 0o700) != nil {
		return func() {}
	}
	for {
		file, err := Lock(cached + ".lock")
		if err == nil {
			return func() { file.Close() }
		}
		if !errors.Is(err, ErrInUse) || pause(ctx) != nil {
			return func() {}
		}
	}
}

func initdb(ctx context.Context, as account, with Installation, dir string) error {
	cmd := as.command(ctx, with.Program("initdb"), append(initdbOptions(), "-D", dir)...)
	if out, err := run(cmd); err != nil {
		return fmt.Errorf("make a cluster with %s: %w\n%s", cmd.Path, err, lastLines(out))
	}
	return nil
}

// cachePath is where this version's template belongs, or "" without a cache directory.
func cachePath(with Installation) string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	hash := sha256.Sum256([]byte(strings.Join(append(initdbOptions(), with.Bin), "\x00")))
	return filepath.Join(cache, "rowhouse", "pg-"+with.Version+"-"+hex.EncodeToString(hash[:6]))
}

func isCluster(dir string) bool {
	if dir == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, "PG_VERSION"))
	return err == nil
}

// store puts a template into the cache in one step, a rename, so that a process
// killed half way leaves only a nameless directory. Where another was faster, as can
// be without a lock, its template is as good.
func store(cached, fresh string) error {
	if cached == "" {
		return os.ErrNotExist
	}
	cache := filepath.Dir(cached)
	sweepCache(cache)
	next, err := os.MkdirTemp(cache, ".new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(next) // gone after the rename
	if err := errors.Join(copyTree(next, fresh, account{}), syncTree(next)); err != nil {
		return err
	}
	if err := os.Rename(next, cached); err != nil && !isCluster(cached) {
		return err
	}
	return nil
}

// sweepCache removes what killed processes left half made.
func sweepCache(cache string) {
	const abandoned = time.Hour
	found, _ := filepath.Glob(filepath.Join(cache, ".new-*"))
	for _, dir := range found {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.RemoveAll(dir)
		}
	}
}
