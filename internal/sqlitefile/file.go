// Package sqlitefile opens SQLite files in the one way that is right for several
// programs at once, and makes locks of them that end with the program.
package sqlitefile

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Wait is how long a statement waits for a lock that another program has.
const Wait = 10 * time.Second

// Mode says what opening may do to the file.
type Mode string

// The modes. A file that is not there is made by [Create] alone.
const (
	Create Mode = "rwc"
	Write  Mode = "rw"
	Read   Mode = "ro"
)

// DSN returns the data source name of a file: write-ahead log, foreign keys
// enforced, strings never taken for names, times as text that sorts. The name of
// the file may hold any character.
func DSN(path string, mode Mode) (string, error) {
	u, err := URI(path, mode)
	if err != nil {
		return "", err
	}
	settings := url.Values{
		"_busy_timeout": {fmt.Sprint(Wait.Milliseconds())},
		"_foreign_keys": {"1"},
		"_txlock":       {"immediate"},
		"_time_format":  {"sqlite"},
		"_pragma":       {"trusted_schema(0)"},
	}
	if mode != Read {
		settings.Set("_journal_mode", "WAL")
	}
	return u + "&" + settings.Encode(), nil
}

// URI returns the name of a file for ATTACH.
func URI(path string, mode Mode) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("sqlitefile: %w", err)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(absolute), RawQuery: "mode=" + string(mode)}
	return u.String(), nil
}

// Connector returns what opens connections to a file.
func Connector(path string, mode Mode) (driver.Connector, error) {
	dsn, err := DSN(path, mode)
	if err != nil {
		return nil, err
	}
	return sqlite.NewConnector(dsn)
}

// Open returns a file as a [*sql.DB]. Its transactions take the write lock when they
// begin, unless they are read only.
func Open(path string, mode Mode) (*sql.DB, error) {
	connector, err := Connector(path, mode)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// Code returns SQLite's primary result code of an error; 0 where it has none.
func Code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// Busy reports whether an error means that another program has the lock.
func Busy(err error) bool {
	c := Code(err)
	return c == sqlite3.SQLITE_BUSY || c == sqlite3.SQLITE_LOCKED
}

// Missing reports whether an error means that the file is not there.
func Missing(err error) bool { return Code(err) == sqlite3.SQLITE_CANTOPEN }
