package pglocal

import (
	"errors"
	"fmt"
	"runtime"
)

// Conditions that callers test for with [errors.Is].
var (
	// ErrNotFound: no PostgreSQL server programs on this machine.
	ErrNotFound = errors.New("PostgreSQL server programs not found")
	// ErrInUse: another live server or process uses the data directory.
	ErrInUse = errors.New("data directory is in use")
	// ErrNotCluster: the directory holds something that this package did not make.
	ErrNotCluster = errors.New("not a cluster of ours")
	// ErrDied: the server ended by itself; [*DiedError] has its last words.
	ErrDied = errors.New("PostgreSQL ended by itself")
)

// NotFoundError is an [ErrNotFound] that says what to install.
type NotFoundError struct {
	Major string // the major version that is needed, or "" for any
}

func (e *NotFoundError) Error() string {
	what, suffix := "PostgreSQL", ""
	if e.Major != "" {
		what, suffix = "PostgreSQL "+e.Major, "-"+e.Major
	}
	return fmt.Sprintf("%s server programs (initdb, postgres) not found: %s, or set %s to their directory",
		what, advice(runtime.GOOS, suffix), EnvBin)
}

// Is makes the error an [ErrNotFound].
func (e *NotFoundError) Is(target error) bool { return target == ErrNotFound }

func advice(goos, suffix string) string {
	if goos == "darwin" {
		return "brew install postgresql@" + orDefault(suffix, "-17")[1:] + " (or Postgres.app)"
	}
	return "apt-get install postgresql" + suffix + " (Debian, Ubuntu), dnf install postgresql-server (Fedora), apk add postgresql (Alpine)"
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// DirError says why a data directory cannot be used. It is an [ErrInUse] or an
// [ErrNotCluster], or wraps what the operating system said.
type DirError struct {
	Dir    string
	Reason string // completes the sentence "data directory DIR …"
	Err    error
}

func (e *DirError) Error() string { return fmt.Sprintf("data directory %s %s", e.Dir, e.Reason) }

// Unwrap gives the sentinel or the operating system's error.
func (e *DirError) Unwrap() error { return e.Err }

// DiedError is a server that ended while it was starting, or did not get ready in
// time. It is an [ErrDied] in the first case and wraps the context's error in the
// second.
type DiedError struct {
	State string // exit status or signal, or "not ready in time"
	Log   string // the end of what the server logged
	Err   error
}

func (e *DiedError) Error() string {
	return fmt.Sprintf("PostgreSQL did not start (%s); its log ends with:\n%s", e.State, e.Log)
}

// Unwrap gives [ErrDied] or the context's error.
func (e *DiedError) Unwrap() error { return e.Err }
