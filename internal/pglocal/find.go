package pglocal

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// EnvBin names the environment variable that holds the directory of PostgreSQL's
// programs; it is looked at before anything else.
const EnvBin = "ROWHOUSE_PG_BIN"

// Installation is one set of PostgreSQL server programs.
type Installation struct {
	Bin     string // the directory of initdb, postgres, psql
	Version string // as the server says it: "15.14"
}

// Major is the part of the version that a data directory depends on.
func (i Installation) Major() string {
	major, _, _ := strings.Cut(i.Version, ".")
	return major
}

// Program is the path of one of the installation's programs.
func (i Installation) Program(name string) string { return filepath.Join(i.Bin, name) }

// Find returns the best installation: an extra directory, [EnvBin], PATH, then the
// places where packages put it, newest version first. Without any it is a
// [*NotFoundError].
func Find(extra ...string) (Installation, error) { return find("", extra) }

// find wants a given major version, or any for "".
func find(major string, extra []string) (Installation, error) {
	for _, dir := range candidates(extra) {
		if found, ok := inspect(dir); ok && (major == "" || found.Major() == major) {
			return found, nil
		}
	}
	return Installation{}, &NotFoundError{Major: major}
}

func candidates(extra []string) []string {
	dirs := append(slices.Clone(extra), os.Getenv(EnvBin))
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	for _, pattern := range places() {
		found, _ := filepath.Glob(pattern) // the patterns are constants and well formed
		slices.SortFunc(found, newestFirst)
		dirs = append(dirs, found...)
	}
	return slices.DeleteFunc(dirs, func(dir string) bool { return dir == "" })
}

// places lists where packages put the server programs.
func places() []string {
	return []string{
		"/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
		"/usr/pgsql-*/bin",                                   // PostgreSQL's own RPMs
		"/opt/homebrew/opt/postgresql@*/bin",                 // Homebrew, Apple silicon
		"/usr/local/opt/postgresql@*/bin",                    // Homebrew, Intel
		"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",    // Homebrew, Linux
		"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
		"/Library/PostgreSQL/*/bin",                          // EDB's installer
		"/usr/libexec/postgresql*",                           // Alpine
		"/usr/lib/postgresql*/bin",                           // Gentoo, SUSE
		"/usr/local/pgsql/bin",                               // from source
	}
}

// newestFirst orders directories by the number in them: 9.6 comes after 15.
func newestFirst(a, b string) int {
	if byVersion := versionIn(b) - versionIn(a); byVersion != 0 {
		return byVersion
	}
	return strings.Compare(b, a)
}

func versionIn(dir string) int {
	digits := strings.FieldsFunc(dir, func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 0 {
		return 0
	}
	n, err := strconv.Atoi(digits[0])
	if err != nil {
		return 0
	}
	return n
}

// inspect asks the server program itself: a directory with a broken one is no
// installation.
func inspect(dir string) (Installation, bool) {
	if _, err := exec.LookPath(filepath.Join(dir, "initdb")); err != nil {
		return Installation{}, false
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	fields := strings.Fields(string(out)) // "postgres (PostgreSQL) 15.14 (Debian …)"
	if err != nil || len(fields) < 3 {
		return Installation{}, false
	}
	return Installation{Bin: dir, Version: fields[2]}, true
}
