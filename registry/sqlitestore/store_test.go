package sqlitestore_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/registry/registrytest"
	"github.com/rowhouse-go/rowhouse/registry/sqlitestore"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// signups is the file in which a process of the tests makes tenants.
const signups = "SQLITESTORE_TEST_FILE"

// TestMain makes tenants where another process of the tests asks for it.
func TestMain(m *testing.M) {
	if file := os.Getenv(signups); file != "" {
		if err := signUp(file); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestStoreIsAStore(t *testing.T) {
	registrytest.Exercise(t, func(t *testing.T) registry.Store {
		// No name of a file is too strange.
		return open(t, filepath.Join(t.TempDir(), "a?b#c%20 'd\".db"))
	})
}

func open(t *testing.T, file string) *sqlitestore.Store {
	t.Helper()
	s, err := sqlitestore.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func newcomer(slug string) *tenant.Tenant {
	id := tenant.NewID()
	return &tenant.Tenant{
		ID: id, Slug: slug, Status: tenant.Active,
		Placement: tenant.Placement{Level: tenant.Database, Server: "main", Database: id.String()},
	}
}

func TestInstallIsIdempotentAndSafeToRace(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "registry.db")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { open(t, file) })
	}
	group.Wait()
}

func TestProcessesShareAFileAndHearOfEachOther(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "registry.db")
	s := open(t, file)
	_, mark, err := s.Changes(t.Context(), 0)
	if err != nil || mark == 0 {
		t.Fatal(mark, err)
	}
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			child := exec.CommandContext(t.Context(), os.Args[0])
			child.Env = append(os.Environ(), signups+"="+file)
			if out, err := child.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	group.Wait()
	all, err := s.List(t.Context(), registry.Filter{})
	if err != nil || len(all) != 3*perProcess {
		t.Fatalf("%d tenants, %v", len(all), err)
	}
	changed, next, err := s.Changes(t.Context(), mark)
	if err != nil || len(changed) != len(all) || next <= mark {
		t.Errorf("heard of %d changes up to %d, %v", len(changed), next, err)
	}
	if changed, _, err = s.Changes(t.Context(), next); err != nil || len(changed) != 0 {
		t.Errorf("heard again of %d, %v", len(changed), err)
	}
}

const perProcess = 20

func signUp(file string) error {
	s, err := sqlitestore.Open(file)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx := context.Background()
	for i := range perProcess {
		t := newcomer(fmt.Sprintf("t%d-%d", os.Getpid(), i))
		if err := s.Create(ctx, t, registry.Event{Actor: "tester", Action: "create"}); err != nil {
			return err
		}
		t.Name = "again"
		if err := s.Update(ctx, t, registry.Event{Actor: "tester", Action: "edit"}); err != nil {
			return err
		}
	}
	return nil
}
