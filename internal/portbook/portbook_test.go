package portbook_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/portbook"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func take(t *testing.T, book portbook.Book, silo tenant.ID, use string) int {
	t.Helper()
	port, err := book.Take(silo, use)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func listen(t *testing.T, port int) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

func TestASiloKeepsItsPorts(t *testing.T) {
	t.Parallel()
	book, silo := portbook.In(t.TempDir()), tenant.NewID()
	app, database := take(t, book, silo, portbook.App), take(t, book, silo, portbook.Database)
	if app == database {
		t.Fatalf("both are at %d", app)
	}
	if a, d := take(t, book, silo, portbook.App), take(t, book, silo, portbook.Database); a != app || d != database {
		t.Errorf("%d and %d became %d and %d", app, database, a, d)
	}
	stranger := listen(t, app)
	second := take(t, book, silo, portbook.App)
	if second == app || second == database {
		t.Fatalf("given %d, of %d and %d", second, app, database)
	}
	stranger.Close()
	if again := take(t, book, silo, portbook.App); again != second {
		t.Errorf("it was at %d last and goes to %d", second, again)
	}
	if ports, err := book.Ports(silo, portbook.App); err != nil || !slices.Equal(ports, []int{second, app}) {
		t.Errorf("%v, %v; want %d and %d", ports, err, second, app)
	}
	listen(t, second)
	if again := take(t, book, silo, portbook.App); again != app {
		t.Errorf("its old port %d is free, and it was given %d", app, again)
	}
}

// The book has every port of the machine but a few, as it would after long: only those
// may be given to a newcomer, whatever the system offers.
func TestNobodyGetsAPortThatWasAnothers(t *testing.T) {
	t.Parallel()
	dir, silo := t.TempDir(), tenant.NewID()
	if err := os.Mkdir(filepath.Join(dir, silo.String()), 0o700); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for port := 32768; port < 1<<16; port++ {
		if port%8 > 1 { // both kinds: systems prefer odd ones, or even ones
			lines = append(lines, fmt.Sprintf(`{"port":%d,"silo":%q,"use":"app"}`, port, silo))
		}
	}
	text := "[" + strings.Join(lines, ",") + "]"
	if err := os.WriteFile(filepath.Join(dir, ".ports.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if port := take(t, portbook.In(dir), tenant.NewID(), portbook.App); port%8 > 1 {
		t.Errorf("given %d, which was another's", port)
	}
}

// What is begun at once gets ports of its own, also before anybody listens on them.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	book := portbook.In(t.TempDir())
	var all sync.WaitGroup
	silos, ports := make([]tenant.ID, 8), make([]int, 8)
	for i := range silos {
		silos[i] = tenant.NewID()
		all.Go(func() { ports[i], _ = book.Take(silos[i], portbook.App) })
	}
	all.Wait()
	for i, silo := range silos { // none was lost
		if again := take(t, book, silo, portbook.App); again != ports[i] || slices.Contains(ports[:i], again) {
			t.Errorf("%d became %d, of %d", ports[i], again, ports)
		}
	}
}

// Only of removed silos, and only when there are very many, are ports given again.
func TestTheBookDoesNotGrowForEver(t *testing.T) {
	t.Parallel()
	dir, kept, gone := t.TempDir(), tenant.NewID(), tenant.NewID()
	if err := os.Mkdir(filepath.Join(dir, kept.String()), 0o700); err != nil {
		t.Fatal(err)
	}
	path, lines := filepath.Join(dir, ".ports.json"), []string{fmt.Sprintf(`{"port":1,"silo":%q,"use":"app"}`, kept)}
	for port := 2; port < 5000; port++ {
		lines = append(lines, fmt.Sprintf(`{"port":%d,"silo":%q,"use":"app"}`, port, gone))
	}
	if err := os.WriteFile(path, []byte("["+strings.Join(lines, ",")+"]"), 0o600); err != nil {
		t.Fatal(err)
	}
	take(t, portbook.In(dir), tenant.NewID(), portbook.App)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "port"); n != 4096 {
		t.Errorf("%d lines", n)
	}
	for want, line := range map[bool]string{true: `{"port":1,`, false: `{"port":2,`} {
		if strings.Contains(string(text), line) != want {
			t.Errorf("%s is there: %t", line, !want)
		}
	}
}

func TestABookThatCannotBeReadIsNoEmptyOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".ports.json"), []byte("["), 0o600); err != nil {
		t.Fatal(err)
	}
	if port, err := portbook.In(dir).Take(tenant.NewID(), portbook.App); err == nil {
		t.Errorf("given %d", port)
	}
}
