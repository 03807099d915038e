package dockertest

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
)

// Images are removed by hand where the engine is not the test's own; their names say
// whose they are.
const (
	goImage       = "rowhouse-proof/go"
	postgresImage = "rowhouse-proof/postgres"
	pollsImage    = "rowhouse-proof/polls"
)

const shellPath = "/bin/sh" // where scripts and Dockerfiles want it

// entrypoint does what the official image of PostgreSQL does with the same variables.
const entrypoint = `#!/bin/sh
set -e
if [ "$(id -u)" = 0 ]; then
	mkdir -p "$PGDATA"
	chown -R postgres:postgres "$PGDATA"
	exec setpriv --reuid postgres --regid postgres --clear-groups "$0"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	BIN/initdb --username "$POSTGRES_USER" --pwfile "$POSTGRES_PASSWORD_FILE" --auth-host scram-sha-256 --auth-local trust --locale C --encoding UTF8 --no-sync "$PGDATA"
	echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
fi
exec BIN/postgres -D "$PGDATA" -c listen_addresses='*' -c jit=off -c unix_socket_directories=/tmp
`

// PostgreSQL makes an image of the PostgreSQL that is installed here and returns its
// name.
func PostgreSQL(t testing.TB) string {
	t.Helper()
	found, err := pglocal.Find()
	if err != nil {
		t.Fatal(err)
	}
	bin, err := filepath.EvalSymlinks(found.Bin)
	if err != nil {
		t.Fatal(err)
	}
	config := func(what string) string { return shell(t, "", filepath.Join(bin, "pg_config"), "--"+what) }
	root := t.TempDir()
	programs := []string{shellPath, filepath.Join(bin, "postgres"), filepath.Join(bin, "initdb"), filepath.Join(bin, "pg_isready")}
	for _, name := range []string{"id", "mkdir", "chown", "setpriv"} {
		programs = append(programs, installed(t, name))
	}
	libraries, err := filepath.Glob(filepath.Join(config("pkglibdir"), "*.so"))
	if err != nil {
		t.Fatal(err)
	}
	libraries = slices.DeleteFunc(libraries, func(name string) bool { return strings.Contains(name, "llvmjit") })
	all := append(programs, libraries...)
	copyInto(t, root, append(all, needed(t, all)...)...)
	copyInto(t, root, config("sharedir"))
	if _, err := os.Stat("/usr/share/zoneinfo"); err == nil {
		copyInto(t, root, "/usr/share/zoneinfo")
	}
	write(t, filepath.Join(root, "entrypoint"), strings.ReplaceAll(entrypoint, "BIN", bin))
	write(t, filepath.Join(root, "etc/passwd"), "root:x:0:0::/:/bin/sh\npostgres:x:999:999::/:/bin/sh\n")
	write(t, filepath.Join(root, "etc/group"), "root:x:0:\npostgres:x:999:\n")
	if err := os.Mkdir(filepath.Join(root, "tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(root, "tmp"), 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	imported(t, root, postgresImage, `ENTRYPOINT ["/entrypoint"]`, "ENV PATH="+bin+":/usr/bin:/bin")
	return postgresImage
}

// Polls builds examples/polls by its Dockerfile and returns the image's name. What it
// is built from is an image of the Go that is installed here.
func Polls(t testing.TB) string {
	t.Helper()
	root := shell(t, "", "go", "list", "-m", "-f", "{{.Dir}}", "github.com/rowhouse-go/rowhouse")
	toolchain(t, root)
	Docker(t, "build", "--quiet", "--network", "none", "--tag", pollsImage,
		"--build-arg", "GO="+goImage, "--file", filepath.Join(root, "examples/polls/Dockerfile"), root)
	return pollsImage
}

// toolchain makes an image that stands for golang: Go, a shell, and the modules that
// polls is built from, since nothing can be downloaded.
func toolchain(t testing.TB, module string) {
	t.Helper()
	image := t.TempDir()
	variable := func(name string) string { return shell(t, "", "go", "env", name) }
	copyInto(t, image, append(needed(t, []string{shellPath}), shellPath)...)
	goroot := variable("GOROOT")
	for _, name := range []string{"bin", "pkg", "src", "lib", "VERSION", "go.env"} {
		shell(t, "", "cp", "-R", "--", filepath.Join(goroot, name), mkdir(t, filepath.Join(image, "usr/local/go")))
	}
	modules := mkdir(t, filepath.Join(image, "go/pkg/mod"))
	mkdir(t, filepath.Join(image, "tmp"))
	shell(t, module, "env", "GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=-modcacherw", "GOSUMDB=off",
		"GOPROXY=file://"+variable("GOMODCACHE")+"/cache/download", "GOMODCACHE="+modules,
		"go", "list", "-deps", "./cmd/rowhouse", "./examples/polls")
	imported(t, image, goImage, "ENV PATH=/usr/local/go/bin:/usr/bin:/bin GOPATH=/go GOPROXY=off GOTOOLCHAIN=local GOFLAGS=-buildvcs=false")
}

func mkdir(t testing.TB, path string) string {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func installed(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// needed returns the libraries that programs are linked with, and what loads them.
func needed(t testing.TB, programs []string) []string {
	t.Helper()
	var found []string
	for _, match := range regexp.MustCompile(`(?m)^\s.*?(/\S+) \(0x`).FindAllStringSubmatch(shell(t, "", append([]string{"ldd"}, programs...)...), -1) {
		found = append(found, match[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// copyInto copies files below root, under the names that they have here.
func copyInto(t testing.TB, root string, paths ...string) {
	t.Helper()
	shell(t, "", slices.Concat([]string{"cp", "-RL", "--parents", "-t", root, "--"}, paths)...)
}

// imported makes an image of a folder.
func imported(t testing.TB, root, name string, changes ...string) {
	t.Helper()
	line := `tar -C "$0" -c . | docker import "$@"`
	args := []string{"sh", "-c", line, root}
	for _, change := range changes {
		args = append(args, "--change", change)
	}
	shell(t, "", append(args, "-", name)...)
}
