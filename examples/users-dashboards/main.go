// Command users-dashboards gives every user a tenant: signing up inserts a row
// into the shared table users and makes the user's own table dashboards, both in
// one transaction.
package main

import (
	"context"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

type site struct {
	house *rowhouse.House
	db    *tenantpgx.DB
}

func main() {
	config := flag.String("config", "rowhouse.yaml", "`file` that says where tenants live")
	addr := flag.String("addr", "127.0.0.1:8000", "`host:port` to listen on")
	flag.Parse()
	if err := run(*config, *addr); err != nil {
		slog.Error("users-dashboards ended", "error", err)
		os.Exit(1)
	}
}

func run(config, addr string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cfg, err := rowhouse.Load(config)
	if err != nil {
		return err
	}
	house, err := rowhouse.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer house.Close()
	handler, err := newSite(house)
	if err != nil {
		return err
	}
	server := &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.WithoutCancel(ctx))
	}()
	slog.Info("users-dashboards is listening", "addr", addr)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// newSite puts the routes that have no tenant beside those that need one.
func newSite(house *rowhouse.House) (http.Handler, error) {
	db, err := house.DB()
	if err != nil {
		return nil, err
	}
	s := &site{house, db}
	own := http.NewServeMux()
	own.HandleFunc("GET /dashboards", s.listDashboards)
	own.HandleFunc("POST /dashboards", s.createDashboard)

	mux := http.NewServeMux()
	mux.HandleFunc("POST /signup", s.signUp)
	mux.HandleFunc("GET /users", s.listUsers)
	mux.Handle("/", house.Middleware(own))
	return http.MaxBytesHandler(mux, 64<<10), nil
}
