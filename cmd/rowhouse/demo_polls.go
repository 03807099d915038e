package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/examples/polls/app"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// siloApp is the command of polls in a silo: this program.
func siloApp() (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	text, err := json.Marshal([]string{program, "demo", "polls", "{addr}", "{dir}/" + configFile})
	return string(text), err
}

// demoPolls is polls as a silo runs it.
func demoPolls() *cobra.Command {
	return &cobra.Command{
		Use: "polls ADDR CONFIG", Hidden: true, Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error { return servePolls(cmd.Context(), args[0], args[1]) },
	}
}

func servePolls(ctx context.Context, addr, file string) (err error) {
	config, err := rowhouse.Load(file)
	if err != nil {
		return err
	}
	h, err := rowhouse.Open(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closing(h.Close())) }()
	listener, err := listen(ctx, addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h.Middleware(app.New(h.SQL())), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case <-ctx.Done():
		return shutdown(ctx, server)
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	}
}

// toSilos leads a request to the application of its tenant's own. What a proxy does in
// production, the demo does by itself.
func toSilos() http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			t, err := tenant.FromContext(r.In.Context())
			if err != nil {
				return // nowhere to go: the transport refuses
			}
			r.SetURL(&url.URL{Scheme: "http", Host: t.Placement.Upstream})
			r.Out.Host = r.In.Host
			r.SetXForwarded()
			r.Out.Header.Del("X-Real-Ip") // nobody sets it here
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, "The application of this customer does not answer: see rowhouse silo status.", http.StatusBadGateway)
		},
	}
}
