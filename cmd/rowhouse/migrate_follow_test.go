package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/migrate"
)

func TestALongRunTellsItsRateAndTheTimeLeft(t *testing.T) {
	t.Parallel()
	var errs, out bytes.Buffer
	f := &follower{c: &cli{out: &out, err: &errs}, begin: time.Now().Add(-10 * time.Second)}
	f.tell(migrate.Event{Done: 100, Total: 400, Label: "acme"})
	f.tell(migrate.Event{Done: 101, Total: 400, Label: "hooli"}) // too soon for another line
	if got, want := errs.String(), "migrate 100/400, 10 per second, 30s left\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if out.Len() > 0 {
		t.Errorf("standard output has %q", out.String())
	}
}

func TestAQuietRunTellsNothing(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	f := &follower{c: &cli{err: &errs, quiet: true}, begin: time.Now().Add(-time.Second)}
	f.tell(migrate.Event{Done: 1, Total: 4})
	if errs.Len() > 0 {
		t.Errorf("got %q", errs.String())
	}
}

func TestAnEventIsALineOfJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	f := &follower{c: &cli{out: &out, json: true}, begin: time.Now().Add(-time.Second)}
	for n := range 3 {
		f.tell(migrate.Event{Done: n + 1, Total: 3, Label: "acme"})
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], `{"event":"target",`) {
		t.Errorf("got %q", lines)
	}
}
