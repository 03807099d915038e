package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/rowhouse-go/rowhouse/examples/polls/app"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// askable serves the sample application to tenants that share it, and returns what gets
// a poll of any tenant: silos are asked where they are.
func (d *demo) askable(ctx context.Context, workers int) (ask func(context.Context, *tenant.Tenant, int) error, end func() error, err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("serve the sample application: %w", err)
	}
	server := &http.Server{Handler: d.house.Middleware(app.New(d.house.SQL())), ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	lines := &http.Transport{MaxIdleConnsPerHost: workers}
	ask = func(ctx context.Context, t *tenant.Tenant, poll int) error {
		address := listener.Addr().String()
		if t.Placement.Level == tenant.Silo {
			address = t.Placement.Upstream
		}
		return getPoll(ctx, lines, address, t.Slug, poll)
	}
	end = func() error {
		lines.CloseIdleConnections()
		err := server.Close()
		if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
		return err
	}
	return ask, end, nil
}

// getPoll gets one poll, as a client of the tenant would.
func getPoll(ctx context.Context, lines *http.Transport, address, slug string, poll int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/polls/%d/", address, poll), nil)
	if err != nil {
		return err
	}
	request.Host = slug + "." + demoHost
	response, err := lines.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("poll %d of %s: %s: %s", poll, slug, response.Status, body)
	}
	return err
}
