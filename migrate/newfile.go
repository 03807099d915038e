package migrate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rowhouse-go/rowhouse/tenant"
)

const (
	gooseTemplate = "-- +goose Up\n\n\n-- +goose Down\n\n"
	timestamp     = "20060102150405" // the layout of versions that are times
)

// NewFile writes the next migration file of a folder, with nothing to do in it yet,
// and returns its path. The folder is made where it is missing; its newest file
// decides whether versions are counted or timestamps, and whether the file is
// goose-annotated or an .up.sql with a .down.sql. Nothing is ever overwritten. Name
// may hold letters, digits, blanks, hyphens and underscores; otherwise it is a
// [*tenant.InvalidError].
func NewFile(dir, name string) (path string, err error) {
	slug, err := fileSlug(name)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("migrate: %w", err)
	}
	last, width, err := newestName(os.DirFS(dir))
	if err != nil {
		return "", err
	}
	stem := filepath.Join(dir, nextVersion(last.version, width)+"_"+slug)
	if last.kind == gooseFile {
		return stem + ".sql", writeNew(stem+".sql", gooseTemplate)
	}
	return stem + ".up.sql", errors.Join(writeNew(stem+".up.sql", ""), writeNew(stem+".down.sql", ""))
}

func fileSlug(name string) (string, error) {
	slug := strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case r == ' ' || r == '-':
			return '_'
		}
		return r
	}, strings.TrimSpace(name))
	bad := func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }
	if slug == "" || len(slug) > 100 || strings.ContainsFunc(slug, bad) {
		return "", &tenant.InvalidError{Field: "migration name", Value: name, Reason: "may hold letters, digits, blanks, hyphens and underscores, and at most 100 of them"}
	}
	return slug, nil
}

// newestName finds the newest file and how many digits versions have.
func newestName(fsys fs.FS) (last fileName, width int, err error) {
	width = 4
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return last, 0, fmt.Errorf("migrate: %w", err)
	}
	for _, file := range names {
		if file[0] == '.' {
			continue
		}
		n, err := parseName(file)
		if err != nil {
			return last, 0, err
		}
		if n.version > last.version {
			last, width = n, strings.IndexByte(file, '_')
		}
	}
	return last, width, nil
}

// nextVersion counts on, or takes the time where the newest version looks like one.
func nextVersion(last int64, width int) string {
	if _, err := time.Parse(timestamp, strconv.FormatInt(last, 10)); err != nil {
		return fmt.Sprintf("%0*d", width, last+1)
	}
	now, _ := strconv.ParseInt(time.Now().UTC().Format(timestamp), 10, 64)
	return strconv.FormatInt(max(now, last+1), 10)
}

func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
