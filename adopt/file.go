package adopt

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rowhouse-go/rowhouse/migrate"
)

// baselineName is the first migration of a folder that has none.
const baselineName = "0001_baseline.sql"

// mark is the first line of what is written here: a file that has it, and that no
// ledger knows, was left by a killed run and is written again.
const mark = "-- Written by rowhouse adopt from the adopted database."

type file struct{ path, text string }

// left reports whether the folder's one migration is a baseline of ours.
func left(dir string) bool {
	f, err := os.Open(filepath.Join(dir, baselineName))
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	line, err := bufio.NewReader(f).ReadString('\n')
	return err == nil && strings.TrimSpace(line) == mark
}

// parse returns the source that a folder with this one file has.
func (f file) parse(scope migrate.Scope) (migrate.Source, error) {
	dir, err := os.MkdirTemp("", "rowhouse-adopt-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.WriteFile(filepath.Join(dir, baselineName), []byte(f.text), 0o600); err != nil {
		return nil, err
	}
	return migrate.Load(os.DirFS(dir), ".", scope)
}

func (m *model) paths() (all []string) {
	for _, f := range m.files {
		all = append(all, f.path)
	}
	return all
}

// written are files that are removed again where the move fails.
type written []string

// write writes the files, each as a whole: a killed run leaves no half of one.
func (m *model) write() (done written, err error) {
	for _, f := range m.files {
		if err := f.write(); err != nil {
			return nil, done.undo(fmt.Errorf("write the baseline: %w", err))
		}
		done = append(done, f.path)
	}
	return done, nil
}

func (f file) write() error {
	dir := filepath.Dir(f.path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(dir, ".baseline-*")
	if err != nil {
		return err
	}
	_, err = temporary.WriteString(f.text)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), f.path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err
}

// undo removes the files, because of err.
func (w written) undo(err error) error {
	for _, path := range w {
		if removeErr := os.Remove(path); removeErr != nil && !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
	}
	return err
}
