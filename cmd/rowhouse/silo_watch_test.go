package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// A silo that is deleted in its sleep is not woken: a request that comes before the
// watcher has heard of it would bring its data back to its host.
func TestADeletedSiloIsNotWoken(t *testing.T) {
	t.Parallel()
	config := rowhouse.Config{Servers: map[string]rowhouse.Server{rowhouse.Main: {URL: pgtest.Database(t)}}, OperateOnly: true, Levels: everyLevel()}
	if err := rowhouse.Init(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	h, err := rowhouse.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	late := &tenant.Tenant{ID: tenant.NewID(), Slug: "late", Name: "late", Status: tenant.Deleting, Placement: tenant.Placement{Level: tenant.Silo, Server: rowhouse.Main, Epoch: 1}}
	if err := h.Registry().Create(t.Context(), late, registry.Event{Actor: "test", Action: "create"}); err != nil {
		t.Fatal(err)
	}
	stacks := &silo.Processes{Dir: t.TempDir()}
	for name, text := range map[string]string{"state.json": `{"phase": "stopped"}`, "asleep": "127.0.0.1:9"} {
		path := filepath.Join(stacks.Dir, late.ID.String(), name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	w := &watcher{cli: &cli{silos: &silos{stacks: stacks}}, house: h, stacks: stacks}
	if at, err := w.wake(t.Context(), late.ID); !errors.Is(err, tenant.ErrStatus) {
		t.Errorf("woken at %q, %v", at, err)
	}
}
