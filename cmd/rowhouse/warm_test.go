package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// warm gives a cache directory of a test's own the empty clusters that are made once
// for each version of PostgreSQL: making one costs a second of a processor. Where they
// cannot be linked, one is made.
func warm(t testing.TB, cache string) {
	t.Helper()
	usual, err := os.UserCacheDir()
	if err != nil {
		return
	}
	from, to := filepath.Join(usual, "rowhouse"), filepath.Join(cache, "rowhouse")
	clusters, _ := filepath.Glob(filepath.Join(from, "pg-*", "PG_VERSION"))
	for _, file := range clusters {
		name := filepath.Base(filepath.Dir(file))
		if err := linkTree(filepath.Join(to, name), filepath.Join(from, name)); err != nil {
			t.Logf("no cluster to copy: %v", err)
			_ = os.RemoveAll(filepath.Join(to, name))
		}
	}
}

// linkTree makes a tree of links to the files of another, in one step.
func linkTree(to, from string) error {
	draft := to + ".draft"
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := draft + strings.TrimPrefix(path, from)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		return os.Link(path, target)
	})
	if err != nil {
		return err
	}
	return os.Rename(draft, to)
}
