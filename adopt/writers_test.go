package adopt_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/adopt"
)

// Programs go on writing until the tables are gone from where they know them: every
// row that was acknowledged is the tenant's.
func TestWritersLoseNothing(t *testing.T) {
	t.Parallel()
	e := newEstate(t, people+"CREATE SEQUENCE ids;")
	var (
		group sync.WaitGroup
		acked = make([]int, 4)
	)
	for i := range acked {
		group.Go(func() { acked[i] = writeUntilGone(t, e.url) })
	}
	for e.text("SELECT count(*) FROM people") == "0" {
		time.Sleep(time.Millisecond)
	}
	report := e.must(adopt.Options{Slug: "acme"})
	group.Wait()
	sum := 0
	for _, n := range acked {
		sum += n
	}
	if got := e.counts(report.Tenant.Placement.Schema)["people"]; got != sum || sum == 0 {
		t.Errorf("%d rows were acknowledged, %d are there", sum, got)
	}
}

// writeUntilGone inserts rows until there is no such table any more, and returns how
// many the server has confirmed.
func writeUntilGone(t *testing.T, url string) (n int) {
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for ; ; n++ {
		_, err := conn.Exec(t.Context(), "INSERT INTO people SELECT nextval('ids')")
		if err == nil {
			continue
		}
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "42P01" {
			t.Errorf("a writer failed with %v", err)
		}
		return n
	}
}

// A transaction that takes longer than one attempt is waited for, and others get
// through meanwhile.
func TestWaitsForALongTransaction(t *testing.T) {
	t.Parallel()
	e := newEstate(t, people)
	tx, err := e.conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "INSERT INTO people VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	time.AfterFunc(4*time.Second, func() { ended <- tx.Commit(context.Background()) })
	report := e.must(adopt.Options{Slug: "acme"})
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if got := e.counts(report.Tenant.Placement.Schema)["people"]; got != 1 {
		t.Errorf("%d rows", got)
	}
}

// One that never ends is named after a while; nothing was changed.
func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	e := newEstate(t, "CREATE SCHEMA stage;"+people)
	before := e.left("public") + e.left("stage")
	other, err := pgx.Connect(t.Context(), e.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close(context.Background()) }()
	if _, err := other.Exec(t.Context(), "BEGIN; SELECT FROM people"); err != nil {
		t.Fatal(err)
	}
	c := e.config()
	c.Patience = time.Millisecond
	_, err = adopt.New(c).Run(t.Context(), adopt.Options{Slug: "acme"})
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "55P03" {
		t.Errorf("got %v", err)
	}
	e.unchanged(before)
}
