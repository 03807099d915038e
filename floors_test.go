package rowhouse_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/rowhouse-go/rowhouse"

// floors is the table of ARCHITECTURE.md: a package imports only packages of lower
// floors, and every package has its line here. "x/..." stands for all under x.
func floors() map[int][]string {
	return map[int][]string{
		9: {"cmd/rowhouse", "examples/...", "scripts/..."},
		8: {"engine/sqlite", "admin", "isolationtest", "rowhousetest", "prove", "doctor", "internal/levelbench"},
		7: {"."},
		6: {"adopt", "move"},
		5: {"archive", "internal/copy"},
		4: {"lifecycle", "drift"},
		3: {"migrate", "migrate/scratch", "migrate/diff", "migrate/verify", "tenanthttp", "tenantpgx", "tenantsql", "tenantsql/sqlitedoor", "tenantcache", "tenantfs", "tenantlog", "silo", "silo/proxy", "silo/compose"},
		2: {
			"registry", "registry/registrytest", "registry/sqlitestore", "internal/pools",
			"isolation", "isolation/row", "isolation/row/ddl", "isolation/schema", "isolation/database", "isolation/database/sqlite", "isolation/silo",
			"internal/portbook", "internal/pgtest", "internal/pgbouncertest", "internal/dockertest", "internal/nginxtest",
		},
		1: {"catalog", "resolve", "internal/pipe", "internal/pglocal", "internal/pglocal/download", "internal/sqlitefile"},
		0: {"tenant", "vet", "internal/ident", "internal/sqllex", "internal/sqlstep", "internal/textstmt", "internal/wholefile"},
	}
}

// sameFloor names the imports that are allowed within a floor.
func sameFloor() map[string][]string {
	return map[string][]string{
		"cmd/rowhouse":              {"examples/..."}, // the demo serves them
		"examples":                  {"examples/..."},
		"internal/ident":            {"tenant"}, // its errors
		"migrate/scratch":           {"migrate"},
		"migrate/diff":              {"migrate", "migrate/scratch"},
		"migrate/verify":            {"migrate", "migrate/scratch"},
		"tenantsql":                 {"tenantpgx"},
		"silo/compose":              {"silo"},
		"isolation/row":             {"isolation"},
		"isolation/row/ddl":         {"isolation"},
		"isolation/schema":          {"isolation"},
		"isolation/database":        {"isolation", "isolation/schema"},
		"isolation/database/sqlite": {"isolation"},
		"isolation/silo":            {"isolation", "isolation/schema"},
		"registry/registrytest":     {"registry"},
		"registry/sqlitestore":      {"registry"},
		"internal/pglocal/download": {"internal/pglocal"},
		"internal/pgbouncertest":    {"internal/pgtest"},
		"internal/dockertest":       {"internal/pgtest"},
		"internal/nginxtest":        {"internal/pgtest"},
	}
}

// support is for tests: only _test.go files, suites and each other import it.
func support() []string {
	return []string{
		"internal/pgtest", "internal/pgbouncertest", "internal/dockertest", "internal/nginxtest", "registry/registrytest",
		"isolationtest", "rowhousetest", "examples/pollstest",
	}
}

// onlyIn says who may link what weighs much, by the start of its import path.
func onlyIn() map[string][]string {
	return map[string][]string{
		"github.com/fergusstrange/embedded-postgres": {"internal/pglocal/download", "cmd/rowhouse"},
		"github.com/spf13/cobra":                     {"cmd/rowhouse"},
		"github.com/stripe/pg-schema-diff":           {"migrate/diff", "cmd/rowhouse"},
		"github.com/schollz/progressbar":             {"cmd/rowhouse"},
		"modernc.org/sqlite":                         {"internal/sqlitefile", "registry/sqlitestore", "isolation/database/sqlite", "tenantsql/sqlitedoor", "engine/sqlite", "cmd/rowhouse"},
		"github.com/docker":                          {"silo/compose", "cmd/rowhouse"},
		"github.com/compose-spec":                    {"silo/compose", "cmd/rowhouse"},
		"google.golang.org/grpc":                     {},
		"gorm.io":                                    {}, // contrib/tenantgorm is a module of its own
	}
}

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		floor, ok := floorOf(p.name)
		if !ok {
			t.Errorf("%s has no floor: add it to the table", p.name)
			continue
		}
		for _, imported := range p.imports {
			if below, ok := floorOf(imported); ok && below >= floor && !within(p.name, imported) {
				t.Errorf("%s (floor %d) imports %s (floor %d)", p.name, floor, imported, below)
			}
		}
	}
}

func TestOnlyTestsImportTestSupport(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, imported := range p.imports {
			if slices.Contains(support(), imported) && !slices.Contains(support(), p.name) {
				t.Errorf("%s imports %s outside its tests", p.name, imported)
			}
		}
	}
}

func TestTenantIsStandardLibraryOnly(t *testing.T) {
	t.Parallel()
	found := false
	for _, p := range packages(t) {
		if p.name != "tenant" {
			continue
		}
		found = true
		for _, dependency := range p.deps {
			if host, _, _ := strings.Cut(dependency, "/"); strings.Contains(host, ".") {
				t.Errorf("tenant depends on %s", dependency)
			}
		}
	}
	if !found {
		t.Error("no package tenant")
	}
}

func TestOnlyWhoWantsItPays(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for heavy, allowed := range onlyIn() {
			if !slices.Contains(allowed, p.name) && slices.ContainsFunc(p.deps, under(heavy)) {
				t.Errorf("%s links %s", p.name, heavy)
			}
		}
	}
}

// A program that has schemas alone links no level that comes as a value.
func TestTheRootLinksNoLevelThatComesAsAValue(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, level := range []string{"isolation/database", "isolation/silo"} {
			if p.name == "." && slices.ContainsFunc(p.deps, under(module+"/"+level)) {
				t.Errorf("the root links %s", level)
			}
		}
	}
}

func under(prefix string) func(string) bool {
	return func(name string) bool { return name == prefix || strings.HasPrefix(name, prefix+"/") }
}

func floorOf(name string) (int, bool) {
	for floor, names := range floors() {
		if slices.ContainsFunc(names, covers(name)) {
			return floor, true
		}
	}
	return 0, false
}

// within says whether the table allows this import within a floor.
func within(from, to string) bool {
	for name, allowed := range sameFloor() {
		if under(name)(from) && slices.ContainsFunc(allowed, covers(to)) {
			return true
		}
	}
	return false
}

// covers matches the table's entries, "x/..." included, with a package's name.
func covers(name string) func(string) bool {
	return func(entry string) bool {
		prefix, all := strings.CutSuffix(entry, "/...")
		return entry == name || (all && under(prefix)(name))
	}
}

// pkg is a package of this module by its path inside it, the root being ".".
type pkg struct {
	name    string
	imports []string // of this module, in files that are not tests
	deps    []string // all that it links, by import path
}

// packages reads what the go command knows, without running anything.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "./...")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, errs.Bytes())
	}
	return decode(t, json.NewDecoder(bytes.NewReader(out)))
}

func decode(t *testing.T, stream *json.Decoder) (all []pkg) {
	t.Helper()
	for {
		var listed struct {
			ImportPath    string
			Imports, Deps []string
		}
		err := stream.Decode(&listed)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, pkg{name: inside(listed.ImportPath), imports: ours(listed.Imports), deps: listed.Deps})
	}
}

func ours(imports []string) (names []string) {
	for _, imported := range imports {
		if under(module)(imported) {
			names = append(names, inside(imported))
		}
	}
	return names
}

func inside(importPath string) string {
	return path.Clean(strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/"))
}
