// Command polls lets people ask questions and count votes.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/examples/polls/app"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/database"
	"github.com/rowhouse-go/rowhouse/tenanthttp"
)

const usage = `usage: polls COMMAND [FLAGS]

  serve            answer requests
  createsuperuser  add a user who may enter the staff area
  sample NAME      add the sample data thor or potter

serve reads rowhouse.yaml. The others work on one tenant:
rowhouse exec --tenant SLUG -- polls COMMAND; for the flags: polls COMMAND -h`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "polls:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	switch args[0] {
	case "serve":
		return serve(ctx, args[1:])
	case "createsuperuser":
		return createSuperuser(ctx, args[1:])
	case "sample":
		return sample(ctx, args[1:])
	}
	return errors.New(usage)
}

func serve(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8000", "`host:port` to listen on")
	config := flags.String("config", "rowhouse.yaml", "`file` that says where tenants live")
	if err := flags.Parse(args); err != nil {
		return err
	}
	cfg, err := rowhouse.Load(*config)
	if err != nil {
		return err
	}
	cfg.Levels = []isolation.Maker{database.Postgres()}
	h, err := rowhouse.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer h.Close()
	mux := http.NewServeMux()
	mux.Handle("GET "+tenanthttp.AskPath, h.Ask())
	mux.Handle("/", h.Middleware(app.New(h.SQL())))
	return listen(ctx, *addr, mux)
}

func sample(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: polls sample thor|potter")
	}
	db, err := openDB()
	if err != nil {
		return err
	}
	defer db.Close()
	return app.Seed(ctx, db, args[0])
}

// openDB enters the one tenant that rowhouse exec prepared DATABASE_URL for.
func openDB() (*sql.DB, error) {
	url := os.Getenv("DATABASE_URL")
	if url == "" || os.Getenv("ROWHOUSE_TENANT") == "" {
		return nil, errors.New("no tenant: run this by rowhouse exec --tenant SLUG -- polls …")
	}
	return sql.Open("pgx", url)
}

// listen serves until ctx ends, then lets the requests under way finish.
func listen(ctx context.Context, addr string, h http.Handler) error {
	server := &http.Server{
		Addr: addr, Handler: h,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	slog.Info("polls is listening", "url", "http://"+addr)
	select {
	case err := <-ended:
		return fmt.Errorf("listen on %s: %w", addr, err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}
