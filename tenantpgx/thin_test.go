package tenantpgx_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rowhouse-go/rowhouse/internal/pools"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

type dir map[string]*tenant.Tenant

func (d dir) Lookup(_ context.Context, k tenant.Key) (*tenant.Tenant, error) { return d[k.Value], nil }
func (d dir) Refresh(_ context.Context, id tenant.ID) (*tenant.Tenant, error) {
	return d[id.String()], nil
}

func TestThin(t *testing.T) {
	url := "postgres://postgres@127.0.0.1:55470/postgres?sslmode=disable"
	if v := os.Getenv("U"); v != "" {
		url = v
	}
	ctx := context.Background()
	names := isolation.DefaultNames()
	lv := schema.New(names)
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	d := dir{}
	var ts []*tenant.Tenant
	for _, slug := range []string{"thor", "potter"} {
		id := tenant.NewID()
		x := &tenant.Tenant{ID: id, Slug: slug, Status: tenant.Active, Placement: lv.Place(id, slug, "main")}
		d[id.String()] = x
		ts = append(ts, x)
		_, err := conn.Exec(ctx, fmt.Sprintf("create schema %[1]q; create table %[1]q.polls(id int primary key, question text); insert into %[1]q.polls values (1,'%[2]s')", x.Placement.Schema, slug))
		if err != nil {
			t.Fatal(err)
		}
	}
	db := tenantpgx.New(tenantpgx.Config{Directory: d, Pools: pools.New(map[string]pools.Server{"main": {URL: url}}), Levels: isolation.LevelsOf(lv), Names: names, Main: "main"})
	for range 3 {
		for _, x := range ts {
			var q string
			start := time.Now()
			if err := db.QueryRow(tenant.NewContext(ctx, x), "SELECT question FROM polls WHERE id=$1", 1).Scan(&q); err != nil || q != x.Slug {
				t.Fatal(err, q)
			}
			t.Log(q, time.Since(start))
		}
	}
	tctx := tenant.NewContext(ctx, ts[0])
	tx, err := db.Begin(tctx)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := tx.CopyFrom(tctx, pgx.Identifier{"polls"}, []string{"id", "question"}, pgx.CopyFromRows([][]any{{2, "x"}})); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if err := tx.Commit(tctx); err != nil {
		t.Fatal(err)
	}
	b := &pgx.Batch{}
	b.Queue("insert into polls values ($1,$2)", 3, "y")
	b.Queue("select count(*) from polls").QueryRow(func(r pgx.Row) error { var n int; e := r.Scan(&n); t.Log("count", n); return e })
	if err := db.SendBatch(tctx, b).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(tctx, "insert into polls values (1,'dup')"); err == nil {
		t.Fatal("dup")
	}
	if _, err := db.Exec(ctx, "select 1"); err != tenant.ErrMissing {
		t.Fatal(err)
	}
	cctx, cancel := context.WithTimeout(tctx, 50*time.Millisecond)
	defer cancel()
	_, err = db.Exec(cctx, "select pg_sleep(5)")
	t.Log(err)
	conn.Exec(ctx, "drop schema "+ts[0].Placement.Schema+" cascade")
	_, err = db.Exec(tctx, "select 1")
	t.Log(err)
}
