package adopt_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/adopt"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// homes is a database that has a schema for each tenant already.
func homes(t *testing.T, schemas ...string) *estate {
	t.Helper()
	var b strings.Builder
	for i, s := range schemas {
		fmt.Fprintf(&b, "CREATE SCHEMA %[1]s; CREATE TABLE %[1]s.people (id int PRIMARY KEY); INSERT INTO %[1]s.people VALUES (%[2]d);", s, i)
	}
	e := newEstate(t, b.String())
	e.write("tenant", "0001_people.sql", "CREATE TABLE people (id int PRIMARY KEY);")
	e.write("tenant", "0002_name.sql", "ALTER TABLE people ADD name text;")
	return e
}

func (e *estate) fleet(f adopt.Fleet) (*adopt.FleetReport, error) {
	return adopt.New(e.config()).RunFleet(e.t.Context(), f)
}

func TestFleet(t *testing.T) {
	t.Parallel()
	e := homes(t, "tenant_acme", "tenant_big_corp", `"tenant_Über Ltd."`, "other")
	f := adopt.Fleet{Pattern: "tenant_*", Stamp: 1, DryRun: true}
	report, err := e.fleet(f)
	if err != nil || len(report.Adopted) != 3 || e.text("SELECT to_regclass('rowhouse.tenants') IS NULL") != "true" {
		t.Fatalf("dry run: %+v, %v", report, err)
	}
	f.DryRun = false
	if report, err = e.fleet(f); err != nil || len(report.Findings) != 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	all, err := registry.NewPostgres(e.conn).List(t.Context(), registry.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, one := range all {
		got += fmt.Sprintf("%s=%s@%d,%d ", one.Slug, one.Placement.Schema, one.Version, one.Placement.Epoch)
	}
	if want := "acme=tenant_acme@1,1 ber-ltd=tenant_Über Ltd.@1,1 big-corp=tenant_big_corp@1,1 "; got != want {
		t.Errorf("got %s", got)
	}
	e.exec("CREATE SCHEMA tenant_late; CREATE TABLE tenant_late.people (id text PRIMARY KEY)")
	report, err = e.fleet(f)
	if err != nil || len(report.Already) != 3 || len(report.Adopted) != 1 || len(report.Findings) != 1 {
		t.Errorf("again: %+v, %v", report, err)
	}
}

func TestFleetByQuery(t *testing.T) {
	t.Parallel()
	e := homes(t, "a", "b")
	report, err := e.fleet(adopt.Fleet{Pattern: "SELECT * FROM (VALUES ('a', 'acme'), ('b', 'big')) AS v", Stamp: 1})
	if err != nil || len(report.Adopted) != 2 || report.Adopted[1].Slug != "big" {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestFleetRefuses(t *testing.T) {
	t.Parallel()
	e := homes(t, "tenant_a_b", `"tenant_A b"`, "tenant_www", "tenant_ok")
	_, err := e.fleet(adopt.Fleet{Pattern: "tenant_*", Stamp: 1})
	refused, ok := err, is[*adopt.RefusedError](err)
	if !ok {
		t.Fatal(err)
	}
	for _, want := range []string{"tenant_a_b", "tenant_A b", "tenant_www"} {
		if !strings.Contains(refused.Error(), want) {
			t.Errorf("%s is not named in %v", want, refused)
		}
	}
	if e.text("SELECT to_regclass('rowhouse.tenants') IS NULL") != "true" {
		t.Error("some were adopted")
	}
	if _, err := e.fleet(adopt.Fleet{Pattern: "nobody_*", Stamp: 1}); !is[*tenant.InvalidError](err) {
		t.Errorf("no schema: %v", err)
	}
}
