package rowhouse_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// One customer's slow statements hold all connections, and another customer is
// suspended elsewhere: it is refused at once all the same.
func TestASuspensionIsHeardWhileAllConnectionsAreBusy(t *testing.T) {
	c := config(t)
	main := c.Servers[rowhouse.Main]
	main.MaxConns = 2
	c.Servers[rowhouse.Main] = main
	h := open(t, c)
	acme, busy := create(t, h, "acme"), create(t, h, "busy")
	write(t, h, acme, "before")
	db, err := h.DB()
	if err != nil {
		t.Fatal(err)
	}
	sleeping, wake := context.WithCancel(in(t, busy))
	done := make(chan struct{}, 2)
	for range 2 {
		go func() { _, _ = db.Exec(sleeping, "SELECT pg_sleep(20)"); done <- struct{}{} }()
	}
	defer func() { wake(); <-done; <-done }()
	time.Sleep(300 * time.Millisecond)
	if _, err := open(t, c).Lifecycle().Suspend(t.Context(), acme.ID); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond) // the notification
	ctx, cancel := context.WithTimeout(in(t, acme), time.Second)
	defer cancel()
	if _, err := db.Exec(ctx, "INSERT INTO notes (body) VALUES ('late')"); !errors.Is(err, tenant.ErrStatus) {
		t.Errorf("got %v, want tenant.ErrStatus within a second", err)
	}
}
