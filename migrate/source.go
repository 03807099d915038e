package migrate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Source is the history of one scope: migrations with growing versions.
type Source []*Migration

// Load reads the migrations of a folder: goose-annotated NAME.sql files and
// golang-migrate's NAME.up.sql and NAME.down.sql pairs, mixed as you like. Other
// files are left alone. A file that cannot be used is a [*ParseError]; a folder
// that does not exist is [fs.ErrNotExist].
func Load(fsys fs.FS, dir string, scope Scope) (Source, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("migrate: read the %s migrations: %w", scope, err)
	}
	l := loader{fsys: fsys, scope: scope, byVersion: map[int64]*Migration{}, downs: map[int64]string{}}
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".sql" || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if err := l.read(path.Join(dir, e.Name())); err != nil {
			return nil, scope.named(err)
		}
	}
	source, err := l.source()
	return source, scope.named(err)
}

// place is what errors call a file: with its folder, or with its scope where the
// file system begins in that folder.
func (s Scope) place(file string) string {
	if path.Dir(file) == "." {
		return path.Join(string(s), file)
	}
	return file
}

func (s Scope) named(err error) error {
	if p, ok := errors.AsType[*ParseError](err); ok {
		p.File = s.place(p.File)
	}
	return err
}

// Add returns the source with more migrations, usually Go ones, sorted in. Their
// statements are held to the same rules as those of files. A version that is taken
// is a [*ParseError].
func (s Source) Add(more ...Migration) (Source, error) {
	out := slices.Clone(s)
	for _, m := range more {
		if err := m.adopt(); err != nil {
			return nil, err
		}
		if m.Version < 1 || m.Go == nil && len(m.Up) == 0 {
			return nil, &ParseError{File: m.String(), Reason: "a migration needs a version from 1 on and something to do"}
		}
		if other := out.Find(m.Version); other != nil {
			return nil, duplicate(m.String(), other)
		}
		out = append(out, &m)
	}
	out.sort()
	return out, nil
}

// adopt checks a migration that was not read from a file.
func (m *Migration) adopt() (err error) {
	if m.Go != nil {
		m.HasDown = m.Go.Down != nil
	}
	if m.Up, err = m.again(m.Up); err != nil {
		return err
	}
	m.Down, err = m.again(m.Down)
	return err
}

func (m *Migration) again(part []Statement) (out []Statement, err error) {
	for _, s := range part {
		checked, err := m.statements(m.String(), s.SQL)
		if err != nil {
			return nil, err
		}
		out = append(out, checked...)
	}
	return out, nil
}

// Find returns the migration with this version, or nil.
func (s Source) Find(version int64) *Migration {
	for _, m := range s {
		if m.Version == version {
			return m
		}
	}
	return nil
}

// Head returns the newest version; 0 where there is none.
func (s Source) Head() int64 {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].Version
}

func (s Source) sort() {
	slices.SortFunc(s, func(a, b *Migration) int { return cmp.Compare(a.Version, b.Version) })
}

// loader collects files by version.
type loader struct {
	fsys      fs.FS
	scope     Scope
	byVersion map[int64]*Migration
	downs     map[int64]string // text of .down.sql files
	downFile  map[int64]string
}

func (l *loader) read(file string) error {
	n, err := parseName(file)
	if err != nil {
		return err
	}
	raw, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		return fmt.Errorf("migrate: read %s: %w", file, err)
	}
	text := strings.ReplaceAll(strings.TrimPrefix(string(raw), "\ufeff"), "\r\n", "\n")
	if n.kind == downFile {
		return l.keepDown(n, file, text)
	}
	m := &Migration{Scope: l.scope, Version: n.version, Name: n.name, File: file, Checksum: checksum(text)}
	if other := l.byVersion[n.version]; other != nil {
		return duplicate(file, other)
	}
	l.byVersion[n.version] = m
	if n.kind == upFile {
		return m.parsePair(text)
	}
	return m.parseGoose(text)
}

func (l *loader) keepDown(n fileName, file, text string) error {
	if l.downFile == nil {
		l.downFile = map[int64]string{}
	}
	if other, dup := l.downFile[n.version]; dup {
		return &ParseError{File: file, Reason: "has the same version as " + other + ": give one of them another number"}
	}
	l.downFile[n.version], l.downs[n.version] = file, text
	return nil
}

// source joins the pairs and sorts.
func (l *loader) source() (Source, error) {
	for version, text := range l.downs {
		file := l.downFile[version]
		m := l.byVersion[version]
		if m == nil || !strings.HasSuffix(m.File, ".up.sql") {
			return nil, &ParseError{File: file, Reason: "has no .up.sql beside it: add it, or remove this file"}
		}
		if err := m.parsePairDown(file, text); err != nil {
			return nil, err
		}
	}
	out := make(Source, 0, len(l.byVersion))
	for _, m := range l.byVersion {
		out = append(out, m)
	}
	out.sort()
	return out, nil
}

func duplicate(file string, other *Migration) error {
	return &ParseError{File: file, Reason: "has the same version as " + other.String() + ": give one of them another number"}
}

func checksum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
