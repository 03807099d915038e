package migrate_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestNewFileFollowsTheFolder(t *testing.T) {
	tests := map[string]struct {
		there []string
		want  string
		more  string
	}{
		"an empty folder":    {nil, `^0001_add_polls\.sql$`, ""},
		"counted":            {[]string{"0001_a.sql", "0009_b.sql", ".hidden.sql"}, `^0010_add_polls\.sql$`, ""},
		"six digits":         {[]string{"000009_b.sql"}, `^000010_add_polls\.sql$`, ""},
		"no zeros":           {[]string{"9_b.sql"}, `^10_add_polls\.sql$`, ""},
		"timestamps":         {[]string{"20240102030405_a.sql"}, `^20[0-9]{12}_add_polls\.sql$`, ""},
		"timestamps to come": {[]string{"29991231235958_a.sql"}, `^29991231235959_add_polls\.sql$`, ""},
		"pairs":              {[]string{"000001_a.up.sql", "000001_a.down.sql"}, `^000002_add_polls\.up\.sql$`, "000002_add_polls.down.sql"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			for _, file := range test.there {
				if err := os.WriteFile(filepath.Join(dir, file), nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			path, err := migrate.NewFile(dir, "Add polls")
			if err != nil || !regexp.MustCompile(test.want).MatchString(filepath.Base(path)) {
				t.Errorf("got %s, %v; want %s", path, err, test.want)
			}
			for _, file := range []string{filepath.Base(path), test.more} {
				if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestNewFileRefusesNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"", " ", "../x", "a/b", "a.b", "größe", "a\nb"} {
		var invalid *tenant.InvalidError
		if path, err := migrate.NewFile(dir, name); !errors.As(err, &invalid) {
			t.Errorf("%q: %s, %v", name, path, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%d files were written", len(left))
	}
}

func TestAFreshFileAsksForAStatement(t *testing.T) {
	dir := t.TempDir()
	if _, err := migrate.NewFile(dir, "x"); err != nil {
		t.Fatal(err)
	}
	var parse *migrate.ParseError
	if _, err := migrate.Load(os.DirFS(dir), ".", migrate.Tenant); !errors.As(err, &parse) || parse.File != "tenant/0001_x.sql" {
		t.Errorf("got %v", err)
	}
}
