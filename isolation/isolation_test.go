package isolation_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestInlineWritesLiterals(t *testing.T) {
	t.Parallel()
	cases := []struct{ sql, arg, want string }{
		{"SELECT $1", "plain", "SELECT 'plain'"},
		{"SELECT $1, $1", "it's", "SELECT 'it''s', 'it''s'"},
		{"SELECT $1", `back\slash`, `SELECT  E'back\\slash'`},
		{"SELECT $2, $", "unknown numbers stay", "SELECT $2, $"},
		{"SELECT '$x$', $1", "$1", "SELECT '$x$', '$1'"},
	}
	for _, c := range cases {
		if got := (isolation.Statement{SQL: c.sql, Args: []string{c.arg}}).Inline(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.sql, got, c.want)
		}
	}
	if got := (isolation.Statement{SQL: "SELECT $1"}).Inline(); got != "SELECT $1" {
		t.Errorf("without arguments: %s", got)
	}
}

func TestPathHoldsEveryMemberQuoted(t *testing.T) {
	t.Parallel()
	names := isolation.DefaultNames()
	if got, want := names.Path(`a"b`), `"a""b", "shared", "extensions", "pg_temp"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := names.EnterShared().Args[0], `"shared", "extensions", "pg_temp"`; got != want {
		t.Errorf("shared: got %s, want %s", got, want)
	}
}

func TestNamesMustDiffer(t *testing.T) {
	t.Parallel()
	good := isolation.DefaultNames()
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for what, spoil := range map[string]func(*isolation.Names){
		"shared is pooled":  func(n *isolation.Names) { n.Shared = n.Pooled },
		"shared is empty":   func(n *isolation.Names) { n.Shared = "" },
		"reserved":          func(n *isolation.Names) { n.Extensions = "pg_catalog" },
		"the registry's":    func(n *isolation.Names) { n.Shared = "rowhouse" },
		"upper case":        func(n *isolation.Names) { n.Pooled = "Pooled" },
		"a reserved prefix": func(n *isolation.Names) { n.Prefix = "pg_" },
	} {
		bad := good
		spoil(&bad)
		var invalid *tenant.InvalidError
		if err := bad.Validate(); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestALackIsUnsupportedAndSaysWhy(t *testing.T) {
	t.Parallel()
	err := isolation.No("rows have no files").Err(tenant.Row, "dump")
	if !errors.Is(err, errors.ErrUnsupported) || err.Error() != "isolation level row: dump: rows have no files: unsupported operation" {
		t.Errorf("got %v", err)
	}
	if err := isolation.With("a condition").Err(tenant.Row, "dump"); err != nil {
		t.Errorf("with a condition: %v", err)
	}
}

func TestLevelsAreFoundByName(t *testing.T) {
	t.Parallel()
	levels := isolation.LevelsOf(schema.New(isolation.DefaultNames()))
	if l, err := levels.Level(tenant.Schema); err != nil || l.Name() != tenant.Schema {
		t.Errorf("got %v, %v", l, err)
	}
	for name, maker := range map[tenant.Level]string{tenant.Silo: "silo.Maker()", tenant.Database: "database.Postgres()"} {
		_, err := levels.Level(name)
		if err == nil || !strings.Contains(err.Error(), maker) || !strings.Contains(err.Error(), "isolation/"+string(name)) {
			t.Errorf("%s, which the program lacks: %v", name, err)
		}
	}
	var lack *isolation.LackError
	if _, err := (isolation.Levels{tenant.Database: nil}).Level(tenant.Row); !errors.As(err, &lack) || !slices.Equal(lack.Has, []tenant.Level{tenant.Database}) || !strings.Contains(err.Error(), "PostgreSQL") {
		t.Errorf("row, where there is no PostgreSQL: %v", err)
	}
}
