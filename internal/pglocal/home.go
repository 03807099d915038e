package pglocal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Files of ours inside a data directory.
const (
	lockName       = "rowhouse.lock"       // locked while a process of ours runs the cluster
	passwordName   = "rowhouse.password"   // the superuser's, for its owner's eyes only
	incompleteName = "rowhouse.incomplete" // there while the cluster is being made
)

// home is a data directory that this process has locked.
type home struct {
	dir  string
	temp string // what to remove at the end, or ""
	lock *os.File
}

// openHome makes or opens a data directory and locks it.
func openHome(dir string) (*home, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &DirError{Dir: dir, Reason: fmt.Sprintf("cannot be made: %v", err), Err: err}
	}
	if err := refuseForeign(dir); err != nil {
		return nil, err
	}
	file, err := Lock(filepath.Join(dir, lockName))
	if errors.Is(err, ErrInUse) {
		return nil, &DirError{Dir: dir, Err: ErrInUse, Reason: "is in use by another process: stop that one first, or choose another directory"}
	}
	if err != nil {
		return nil, &DirError{Dir: dir, Reason: fmt.Sprintf("cannot be written: %v", err), Err: err}
	}
	return &home{dir: dir, lock: file}, nil
}

// refuseForeign lets through what is empty or ours.
func refuseForeign(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return &DirError{Dir: dir, Reason: fmt.Sprintf("cannot be read: %v", err), Err: err}
	}
	cluster := false
	for _, entry := range entries {
		switch entry.Name() {
		case lockName:
			return nil
		case "PG_VERSION":
			cluster = true
		}
	}
	switch {
	case len(entries) == 0:
		return nil
	case cluster:
		return &DirError{Dir: dir, Err: ErrNotCluster, Reason: "is a PostgreSQL cluster that another program made: start it yourself and give its URL"}
	default:
		return &DirError{Dir: dir, Err: ErrNotCluster, Reason: "is not empty and not a PostgreSQL cluster: choose an empty or new directory"}
	}
}

func (h *home) path(name string) string { return filepath.Join(h.dir, name) }

// major is the version that the cluster was made by, or "" for one still to be made.
func (h *home) major() string {
	if _, err := os.Stat(h.path(incompleteName)); err == nil {
		return ""
	}
	content, err := os.ReadFile(h.path("PG_VERSION"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}

// clear removes what an interrupted start left. Only a directory that holds nothing
// but our lock, or our mark that it is incomplete, gets this far.
func (h *home) clear() error {
	if _, err := os.Stat(h.path(incompleteName)); err != nil {
		return nil
	}
	entries, err := os.ReadDir(h.dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if name := entry.Name(); name != lockName && name != incompleteName {
			if err := os.RemoveAll(h.path(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseLive makes sure that no server works here: one that is ending gets time to,
// one that runs is an [ErrInUse], and the pid file of a dead one is removed, because
// its number may belong to another process by now and PostgreSQL would believe it.
func (h *home) refuseLive(ctx context.Context) error {
	const grace = time.Second // a server whose starter was just killed is about to stop
	deadline := time.Now().Add(grace)
	for {
		file := readPidFile(h.dir)
		if file.pid == 0 {
			return nil
		}
		if !serves(file.pid, h.dir) {
			return os.Remove(h.path("postmaster.pid"))
		}
		if file.status != "stopping" && time.Now().After(deadline) {
			return &DirError{Dir: h.dir, Err: ErrInUse, Reason: fmt.Sprintf(
				"is in use by a live server (process %d, port %d): stop it first, or choose another directory", file.pid, file.port)}
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("wait for the server of %s to stop: %w", h.dir, err)
		}
	}
}

// close unlocks the directory and removes it where it was temporary.
func (h *home) close() error {
	var removed error
	if h.temp != "" {
		removed = os.RemoveAll(h.temp)
	}
	return errors.Join(removed, h.lock.Close())
}

// pause is the step in which states of processes are polled.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(5 * time.Millisecond):
		return nil
	}
}
