package migrate

import (
	"path"
	"strconv"
	"strings"
)

type fileKind uint8

const (
	gooseFile fileKind = iota
	upFile
	downFile
)

// fileName is what a migration file's name says.
type fileName struct {
	version int64
	name    string
	kind    fileKind
}

// parseName reads VERSION_name.sql, .up.sql or .down.sql. The version is a number
// from 1 on: 0001, or a timestamp.
func parseName(file string) (fileName, error) {
	n := fileName{}
	base := strings.TrimSuffix(path.Base(file), ".sql")
	if stem, ok := strings.CutSuffix(base, ".up"); ok {
		base, n.kind = stem, upFile
	} else if stem, ok := strings.CutSuffix(base, ".down"); ok {
		base, n.kind = stem, downFile
	}
	digits, name, _ := strings.Cut(base, "_")
	version, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || version < 1 || name == "" || digits[0] == '+' {
		return n, &ParseError{File: file, Reason: "is not named like 0001_create_users.sql: rename it, or move it to another folder"}
	}
	n.version, n.name = version, name
	return n, nil
}
