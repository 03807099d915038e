package sqlstep

import (
	"fmt"
	"io/fs"
)

// Files returns the steps of a folder of .sql files, ordered by name. The names
// count from 0001, so that a file that is missing or named twice is noticed.
func Files(fsys fs.FS, dir string) ([]string, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("sqlstep: %w", err)
	}
	steps := make([]string, 0, len(entries))
	for i, e := range entries {
		if want := fmt.Sprintf("%04d_", i+1); len(e.Name()) < 5 || e.Name()[:5] != want {
			return nil, fmt.Errorf("sqlstep: %s/%s: its name must begin with %s", dir, e.Name(), want)
		}
		text, err := fs.ReadFile(fsys, dir+"/"+e.Name())
		if err != nil {
			return nil, fmt.Errorf("sqlstep: %w", err)
		}
		steps = append(steps, string(text))
	}
	return steps, nil
}
