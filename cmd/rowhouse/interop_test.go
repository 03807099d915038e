package main

import (
	"os"
	"os/exec"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestInterop runs testdata/interop: programs that users keep, as they are, inside
// tenants.
func TestInterop(t *testing.T) {
	t.Parallel()
	tools := buildTools(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/interop",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", tools+string(os.PathListSeparator)+env.Getenv("PATH"))
			return setUp(env)
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "json": jsonIs,
		},
	})
}

// only leaves out the databases that nobody here has.
const only = "postgres,no_clickhouse,no_libsql,no_mssql,no_mysql,no_sqlite3,no_vertica,no_ydb"

// buildTools builds the tools of the module testdata/tools and returns their folder.
// The compiled packages are in Go's cache after the first time.
func buildTools(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("go", "build", "-mod=readonly", "-tags", only, "-o", dir,
		"github.com/golang-migrate/migrate/v4/cmd/migrate", "github.com/pressly/goose/v3/cmd/goose")
	cmd.Dir, cmd.Env = "testdata/tools", append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the tools: %v\n%s", err, out)
	}
	return dir
}
