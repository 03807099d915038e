package app_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rowhouse-go/rowhouse/examples/polls-single/app"
	"github.com/rowhouse-go/rowhouse/examples/polls-single/migrations"
	"github.com/rowhouse-go/rowhouse/examples/pollstest"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func openDB(t *testing.T) *sql.DB {
	t.Helper()
	return pollstest.Open(t, pgtest.Database(t), migrations.Files)
}

func TestPolls(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	server := httptest.NewServer(app.New(db))
	t.Cleanup(server.Close)
	superuser := func(ctx context.Context, name, password string) error {
		return app.CreateSuperuser(ctx, db, name, "", password)
	}
	pollstest.Exercise(t, pollstest.NewSite(server, "polls.example", superuser))
}

func TestSeedTwiceIsSeedOnce(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	for range 2 {
		if err := app.Seed(t.Context(), db, "thor"); err != nil {
			t.Fatal(err)
		}
	}
	sample, err := app.LoadSample("thor")
	if err != nil {
		t.Fatal(err)
	}
	var polls int
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM polls`).Scan(&polls); err != nil {
		t.Fatal(err)
	}
	if polls == 0 || polls != len(sample.Polls) {
		t.Errorf("%d polls, want %d", polls, len(sample.Polls))
	}
}

func TestAnUnknownSampleIsAnError(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "loki", "../app"} {
		if _, err := app.LoadSample(name); err == nil {
			t.Errorf("sample %q was found", name)
		}
	}
}

func TestPasswordsAndTokensAreNotStored(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	const secret = "open sesame"
	for _, name := range []string{"ann", "ben"} {
		if err := app.CreateSuperuser(t.Context(), db, name, "", secret); err != nil {
			t.Fatal(err)
		}
	}
	var hashes, leaks int
	err := db.QueryRowContext(t.Context(),
		`SELECT count(DISTINCT password), count(*) FILTER (WHERE password LIKE '%' || $1 || '%') FROM users`, secret).
		Scan(&hashes, &leaks)
	if err != nil || hashes != 2 || leaks != 0 {
		t.Errorf("%d hashes of one password of two users, %d in clear (%v)", hashes, leaks, err)
	}
}

func TestATokenEndsAfterThirtyDays(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	server := httptest.NewServer(app.New(db))
	t.Cleanup(server.Close)
	ann := pollstest.NewSite(server, "polls.example", nil).SignUp(t, "ann")
	for _, c := range []struct {
		days, status int
	}{{29, http.StatusOK}, {31, http.StatusUnauthorized}} {
		_, err := db.ExecContext(t.Context(), `UPDATE tokens SET created_at = now() - make_interval(days => $1)`, c.days)
		if err != nil {
			t.Fatal(err)
		}
		ann.Want(c.status, "GET", "/polls/", nil, nil)
	}
}
