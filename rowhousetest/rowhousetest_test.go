package rowhousetest_test

import (
	"testing"
	"testing/fstest"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/rowhousetest"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestMain(m *testing.M) { rowhousetest.Main(m) }

func config() rowhouse.Config {
	return rowhouse.Config{Migrations: rowhouse.Migrations{Tenant: fstest.MapFS{
		"0001_polls.sql": {Data: []byte("-- +goose Up\nCREATE TABLE polls (id int PRIMARY KEY, question text);\n")},
	}}}
}

func TestEachTenantHasItsTables(t *testing.T) {
	t.Parallel()
	h := rowhousetest.Open(t, config())
	thor, potter := rowhousetest.Tenant(t, h, "thor"), rowhousetest.Tenant(t, h, "potter")
	if _, err := h.SQL().ExecContext(thor, "INSERT INTO polls VALUES (1, 'Hammer?')"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := h.SQL().QueryRowContext(potter, "SELECT count(*) FROM polls").Scan(&n); err != nil || n != 0 {
		t.Errorf("potter has %d polls, %v", n, err)
	}
	if who, err := tenant.FromContext(thor); err != nil || who.Slug != "thor" {
		t.Errorf("the context names %v, %v", who, err)
	}
}

func TestHousesHaveNothingInCommon(t *testing.T) {
	t.Parallel()
	given := config()
	given.Servers = map[string]rowhouse.Server{rowhouse.Main: {URL: "postgres://nobody@127.0.0.1:1/never", MaxConns: 3}}
	for range 2 {
		rowhousetest.Tenant(t, rowhousetest.Open(t, given), "thor")
	}
	if given.Servers[rowhouse.Main].URL != "postgres://nobody@127.0.0.1:1/never" {
		t.Error("the caller's configuration was changed")
	}
}
