package isolationtest_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/silo"
)

// TestMain lets this program play those of a stack as well: the supervisor, what
// prepares the database, the application.
func TestMain(m *testing.M) {
	programs := map[string]func(context.Context, []string) error{"supervise": supervise, "prepare": prepare, "serve": serve}
	if len(os.Args) < 2 || programs[os.Args[1]] == nil {
		pgtest.Main(m)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := programs[os.Args[1]](ctx, os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func supervise(ctx context.Context, args []string) error {
	return silo.Supervise(ctx, args[0], os.Stderr)
}

// prepare writes into the database whose it is.
func prepare(ctx context.Context, args []string) error {
	slug, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(ctx, "CREATE TABLE IF NOT EXISTS whose (slug text PRIMARY KEY)"); err != nil {
		return err
	}
	_, err = pool.Exec(ctx, "INSERT INTO whose VALUES ($1) ON CONFLICT DO NOTHING", string(slug))
	return err
}

// serve answers with what the database says, each time.
func serve(ctx context.Context, args []string) error {
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer pool.Close()
	server := &http.Server{Addr: args[0], Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var slug string
		if err := pool.QueryRow(r.Context(), "SELECT slug FROM whose").Scan(&slug); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, slug)
	})}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}
