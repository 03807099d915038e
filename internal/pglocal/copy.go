package pglocal

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// copyTree copies a cluster's files into an existing directory and gives them to
// the account.
func copyTree(to, from string, owner account) error {
	copyOne := func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, path[len(from):])
		if entry.IsDir() {
			return copyDir(target, owner)
		}
		return copyFile(target, path, owner)
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

func copyFile(target, source string, owner account) error {
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
	if err := owner.own(target); err != nil {
		return err
	}
	return out.Close()
}

// syncTree returns when all files and directories are on disk. It is a pass of its
// own because a thousand files written and then synced cost a file system one commit
// of its journal, and synced one by one a thousand.
func syncTree(dir string) error {
	syncOne := func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		return file.Sync()
	}
	if err := filepath.WalkDir(dir, syncOne); err != nil {
		return fmt.Errorf("write %s to disk: %w", dir, err)
	}
	return nil
}
