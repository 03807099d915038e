// Package wholefile writes files that are never seen half written.
package wholefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write puts data into path in one step, on disk when it returns: who reads path sees
// what was there before, or all of data. The draft beside it has a name that no
// pattern such as *.conf matches.
func Write(path string, data []byte, mode fs.FileMode) error {
	draft, err := os.CreateTemp(filepath.Dir(path), ".rowhouse-*.new")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = draft.Write(data)
	err = errors.Join(err, draft.Chmod(mode), draft.Sync(), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(draft.Name())))
	}
	return nil
}
