package silo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/wholefile"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// place is a stack's directory. What is secret in it is for its owner's eyes only;
// the directory itself can be passed through, because the database server's files
// belong to another user where we are root.
type place string

const (
	lockFile  = "supervisor.lock" // held while a supervisor lives
	stackFile = "stack.json"
	stateFile = "state.json"
	passFile  = "pgpass"
	dataDir   = "pg"

	secret = 0o600
)

// Logs of a stack.
const (
	logSupervisor = "supervisor.log"
	logDatabase   = "database.log"
	logPrepare    = "prepare.log"
	logApp        = "app.log"
)

func placeOf(root string, id tenant.ID) place { return place(filepath.Join(root, id.String())) }

func (p place) path(name string) string { return filepath.Join(string(p), name) }

func (p place) make() error { return os.MkdirAll(string(p), 0o711) }

// settle writes what a supervisor is to run.
func (p place) settle(s Stack) error {
	for name, text := range s.Files {
		if !filepath.IsLocal(name) || filepath.Base(name) != name {
			return fmt.Errorf("file %q: is not a plain name", name)
		}
		if err := wholefile.Write(p.path(name), []byte(text), secret); err != nil {
			return err
		}
	}
	s.Files = nil
	return p.write(stackFile, s)
}

func (p place) write(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return wholefile.Write(p.path(name), append(data, '\n'), secret)
}

func (p place) read(name string, v any) error {
	data, err := os.ReadFile(p.path(name))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", p.path(name), err)
	}
	return nil
}

// state is what the supervisor wrote last; only together with [place.supervised] it
// tells how the stack is.
func (p place) state() (s State, err error) {
	err = p.read(stateFile, &s)
	if errors.Is(err, fs.ErrNotExist) {
		return State{Phase: Stopped}, nil
	}
	return s, err
}

// supervised tells whether a supervisor lives.
func (p place) supervised() (bool, error) { return pglocal.Held(p.path(lockFile)) }

// lock takes the supervisor's lock. While a supervisor lives, it is a [pglocal.ErrInUse].
func (p place) lock(ctx context.Context) (*os.File, error) {
	const glance = 500 * time.Millisecond // nobody looks for longer whether it is held
	ctx, cancel := context.WithTimeout(ctx, glance)
	defer cancel()
	return pglocal.WaitLock(ctx, p.path(lockFile))
}
