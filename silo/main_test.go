package silo_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/silo"
)

// TestMain lets this program play a stack's programs: the supervisor, what prepares
// the database, the application.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var err error
	switch os.Args[1] {
	case "supervise":
		err = silo.Supervise(ctx, os.Args[2], os.Stderr)
	case "prepare":
		err = prepare(ctx)
	case "refuse":
		err = fmt.Errorf("the migration is broken")
	case "apart": // in a session of its own, as daemons are
		if _, err = syscall.Setsid(); err == nil {
			err = serve(ctx, os.Args[2])
		}
	case "serve":
		err = serve(ctx, os.Args[2])
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func prepare(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS visits (at timestamptz DEFAULT now())")
	return err
}

// serve is an application that counts its visits, and can be told to fail.
func serve(ctx context.Context, addr string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /visit", func(w http.ResponseWriter, r *http.Request) {
		n, err := visit(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, n)
	})
	mux.HandleFunc("GET /environ", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Environ(), os.Args) })
	mux.HandleFunc("GET /pid", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getpid()) })
	server := &http.Server{Addr: addr, Handler: mux}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func visit(ctx context.Context) (n int, err error) {
	conn, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "INSERT INTO visits DEFAULT VALUES"); err != nil {
		return 0, err
	}
	return n, conn.QueryRow(ctx, "SELECT count(*) FROM visits").Scan(&n)
}

func self() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return filepath.Clean(path)
}
