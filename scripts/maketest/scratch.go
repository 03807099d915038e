//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const scratchPattern = "rowhouse-make-"

// scratch makes a directory the place for all temporary files of this run, so that
// tests which are interrupted leave nothing either.
func scratch() (remove func() error, err error) {
	root := os.TempDir()
	const short = 40 // sockets go below it, and their paths are limited to 107 bytes
	if len(root) > short {
		root = "/tmp"
	}
	sweep(root)
	dir, err := os.MkdirTemp(root, scratchPattern)
	if err != nil {
		return nil, fmt.Errorf("a directory for temporary files: %w", err)
	}
	remove = func() error { return os.RemoveAll(dir) }
	if err := os.Chmod(dir, 0o755); err != nil { // servers run as another user where we are root
		return remove, err
	}
	return remove, os.Setenv("TMPDIR", dir)
}

// sweep removes what runs that were killed left. No run takes a day.
func sweep(root string) {
	const abandoned = 24 * time.Hour
	found, _ := filepath.Glob(filepath.Join(root, scratchPattern+"*"))
	for _, dir := range found {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.RemoveAll(dir)
		}
	}
}
