package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want int
	}{
		"done":           {nil, codeDone},
		"failed":         {errors.New("x"), codeFailed},
		"interrupted":    {context.Canceled, codeFailed},
		"usage":          {usagef("x"), codeUsage},
		"invalid":        {&tenant.InvalidError{}, codeUsage},
		"no server":      {rowhouse.ErrNoServer, codeUsage},
		"no role":        {migrate.ErrNoRole, codeUsage},
		"configuration":  {&rowhouse.ConfigError{Err: errors.New("x")}, codeUsage},
		"no such level":  {&isolation.LackError{}, codeUsage},
		"unsupported":    {errors.ErrUnsupported, codeUsage},
		"bad file":       {&migrate.ParseError{}, codeUsage},
		"bad order":      {&migrate.OrderError{}, codeUsage},
		"made twice":     {&migrate.TwinError{}, codeUsage},
		"changed file":   {&migrate.ChangedError{}, codeFailed},
		"partial":        {&partialError{}, codePartial},
		"partial of bad": {&partialError{errs: []error{usagef("x")}}, codePartial},
		"migrate":        {&migrate.PartialError{}, codePartial},
		"found":          {errFound, codeFound},
		"child":          {&childError{7}, 7},
	}
	for name, test := range tests {
		err := test.err
		if err != nil {
			err = fmt.Errorf("wrapped: %w", err)
		}
		if got := exitCode(err); got != test.want {
			t.Errorf("%s: exit code %d, want %d", name, got, test.want)
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	_, noURL := pgconn.ParseConfig("postgres://h:port/")
	tests := map[string]struct {
		err  error
		want string
	}{
		"nothing":     {nil, ""},
		"found":       {errFound, ""},
		"child":       {&childError{7}, ""},
		"interrupted": {fmt.Errorf("x: %w", context.Canceled), "interrupted"},
		"said once":   {errors.New("rowhouse: open: x"), "open: x"},
		"suspended":   {&tenant.StatusError{Slug: "acme", Status: tenant.Suspended}, "tenant acme is suspended; run rowhouse tenant resume acme"},
		"failed":      {&tenant.StatusError{Slug: "acme", Status: tenant.Failed}, "tenant acme is failed; finish it with rowhouse tenant create acme"},
		"unsupported": {fmt.Errorf("rowhouse: x needs y: %w", errors.ErrUnsupported), "x needs y"},
		"some failed": {&partialError{1, 2, []error{&tenant.StatusError{Slug: "acme", Status: tenant.Suspended}}}, "1 of 2 failed, the rest are done"},
		"one URL":     {&partialError{1, 2, []error{noURL}}, "1 of 2 failed, the rest are done"},
		"migrated":    {&migrate.PartialError{Err: fmt.Errorf("acme: %w", noURL)}, "0 of 0 tenants failed, the rest are done; stopped: acme: " + noURL.Error()},
		"not allowed": {&pgconn.PgError{Severity: "ERROR", Code: "42501", Message: "no"}, "ERROR: no (SQLSTATE 42501); use a role that owns the database, or grant it the right"},
	}
	for name, test := range tests {
		if got := (&cli{}).explain(test.err); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]int{
		{"", ""}: 0, {"", "abc"}: 3, {"abc", ""}: 3, {"acme", "acme"}: 0,
		{"acne", "acme"}: 1, {"kitten", "sitting"}: 3, {"ab", "ba"}: 2,
	} {
		if got := distance(pair[0], pair[1]); got != want {
			t.Errorf("distance%q is %d, want %d", pair, got, want)
		}
	}
}

func TestSetting(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"5": "5", "true": "true", "null": "null", `{"a":1}`: `{"a":1}`, `"x"`: `"x"`,
		"#c00": `"#c00"`, "": `""`, "a b": `"a b"`, "007": `"007"`, `a"b`: `"a\"b"`,
	} {
		if got := string(setting(value)); got != want {
			t.Errorf("setting(%q) is %s, want %s", value, got, want)
		}
	}
}

// Cells line up by what is seen, and hold nothing that a terminal would obey.
func TestTable(t *testing.T) {
	t.Parallel()
	rows := newTable("NAME", "N")
	rows.add("株式会社", "1")
	rows.add("a\x1b[2J\nb", "2")
	rows.add("é", "")
	var out bytes.Buffer
	if err := rows.write(&out); err != nil {
		t.Fatal(err)
	}
	want := "NAME         N\n株式会社     1\na\\x1b[2J\\nb  2\né\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestListedIsShort(t *testing.T) {
	t.Parallel()
	if got := listed(strings.Split("a b c d e f g", " ")); got != "a, b, c, d, e and 2 more" {
		t.Error(got)
	}
}

// NO_COLOR and TERM=dumb only matter on a terminal: a buffer never has colours.
func TestNoColoursInFiles(t *testing.T) {
	t.Parallel()
	if colours(&bytes.Buffer{}) {
		t.Error("a buffer has colours")
	}
}

// The URL that init prints leads the application's role to the same place, and tells
// nothing of who migrates.
func TestRoleURL(t *testing.T) {
	t.Parallel()
	for main, want := range map[string]string{
		"postgres://owner:secret@db:5433/shop?sslmode=require":           "postgres://app:PASSWORD@db:5433/shop?sslmode=require",
		"postgres://db/shop?user=owner&password=secret&sslmode=disable":  "postgres://app:PASSWORD@db/shop?sslmode=disable",
		"postgres:///shop?host=/run/pg&port=5433&user=o&password=secret": "postgres://app:PASSWORD@/shop?host=%2Frun%2Fpg&port=5433",
		"host=db port=5433 user=owner password=secret dbname=shop":       "postgres://app:PASSWORD@/shop?host=db&port=5433",
		"postgres://db:port/": "postgres://app:PASSWORD@HOST/DATABASE",
	} {
		got := roleURL(main, "app")
		if got != want {
			t.Errorf("%s: %s, want %s", main, got, want)
		}
		if _, err := pgconn.ParseConfig(got); err != nil {
			t.Error(err)
		}
	}
}
