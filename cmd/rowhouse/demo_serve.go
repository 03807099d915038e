package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rowhouse-go/rowhouse/examples/polls/app"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// serve answers until ctx ends, then lets the requests under way finish. Where the
// database ends first, so does it.
func (d *demo) serve(ctx context.Context) error {
	server := &http.Server{
		Handler:           d.house.Middleware(d.site(app.New(d.house.SQL()))),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(d.listener) }()
	select {
	case <-ctx.Done():
		return shutdown(ctx, server)
	case <-d.ended():
		return errors.Join(fmt.Errorf("PostgreSQL ended by itself; its log ends with:\n%s", d.cluster.Log()), server.Close())
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	}
}

func shutdown(ctx context.Context, server *http.Server) error {
	const patience = 3 * time.Second
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := server.Shutdown(grace); errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return nil
}

// site is the application for its tenants, the way to those that have one of their
// own, and a list of tenants where there is none.
func (d *demo) site(polls http.Handler) http.Handler {
	silos := toSilos()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch t, err := tenant.FromContext(r.Context()); {
		case err != nil:
			d.index(w, r)
		case t.Placement.Level == tenant.Silo:
			silos.ServeHTTP(w, r)
		default:
			polls.ServeHTTP(w, r)
		}
	})
}
