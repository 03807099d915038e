package pglocal

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// copyTree copies a cluster's files into an existing directory and gives them to
// the account. With sync everything is on disk when it returns.
func copyTree(to, from string, owner account, sync bool) error {
	copyOne := func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, path[len(from):])
		if entry.IsDir() {
			return copyDir(target, owner)
		}
		return copyFile(target, path, owner, sync)
	}
	if err := filepath.WalkDir(from, copyOne); err != nil {
		return fmt.Errorf("copy %s to %s: %w", from, to, err)
	}
	return nil
}

func copyDir(target string, owner account) error {
	if err := os.MkdirAll(target, 0o700); err != nil {
		return err
	}
	return owner.own(target)
}

func copyFile(target, source string, owner account, sync bool) error {
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer out.Close() // a second Close after the checked one below does nothing
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	if sync {
		if err := out.Sync(); err != nil {
			return err
		}
	}
	if err := owner.own(target); err != nil {
		return err
	}
	return out.Close()
}
