package migrate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// childEnv makes the test program migrate the town that it describes and exit, so
// that a test can kill it.
const childEnv = "ROWHOUSE_TEST_MIGRATE"

// orders is what the child is told.
type orders struct {
	URL     string
	Tenants []*tenant.Tenant
	Role    string // of the application, where tenants share their tables
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		if err := obey(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	pgtest.Main(m)
}

func obey(text string) error {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	w := &town{url: o.URL, level: schema.New(isolation.DefaultNames()), tenants: o.Tenants}
	shared, err := migrate.Load(os.DirFS("testdata/workshop"), "shared", migrate.Shared)
	tenants, err2 := migrate.Load(os.DirFS("testdata/workshop"), "tenant", migrate.Tenant)
	if o.Role != "" {
		w.rows = row.New(isolation.DefaultNames(), row.GrantTo(o.Role))
		shared = nil
		tenants, err2 = migrate.Load(folder(chain()), "m", migrate.Tenant)
	}
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	r, err := migrate.New(migrate.Config{Shared: shared, Tenant: tenants, Main: "main", Tenants: w, Levels: w, Conns: w})
	if err != nil {
		return err
	}
	_, err = r.Up(context.Background(), migrate.Options{})
	return err
}

func (w *town) orders() orders {
	o := orders{URL: w.url, Tenants: w.tenants}
	if w.rows != nil {
		o.Role = w.rows.Role()
	}
	return o
}

// child starts the test program as a runner over the town's tenants.
func (w *town) child() *os.Process {
	w.t.Helper()
	text, err := json.Marshal(w.orders())
	if err != nil {
		w.t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := os.StartProcess(self, []string{self}, &os.ProcAttr{
		Env:   append(os.Environ(), childEnv+"="+string(text)),
		Files: []*os.File{nil, os.Stderr, os.Stderr},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}
