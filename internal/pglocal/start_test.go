package pglocal_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
)

func TestAThrowawayClusterStartsServesAndLeavesNothing(t *testing.T) {
	t.Parallel()
	began := time.Now()
	cluster, err := pglocal.Start(t.Context(), pglocal.Options{Throwaway: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("start: %v", time.Since(began).Round(time.Millisecond))
	if got := show(t, cluster, "fsync"); got != "off" {
		t.Errorf("fsync is %s, want off", got)
	}
	stop(t, cluster)
	if exists(cluster.Dir()) {
		t.Errorf("%s is still there", cluster.Dir())
	}
}

func show(t *testing.T, cluster *pglocal.Cluster, setting string) (value string) {
	t.Helper()
	query(t, cluster, "SELECT current_setting('"+setting+"')", &value)
	return value
}

func query(t *testing.T, cluster *pglocal.Cluster, sql string, into ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), cluster.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if len(into) == 0 {
		_, err = conn.Exec(t.Context(), sql)
	} else {
		err = conn.QueryRow(t.Context(), sql).Scan(into...)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func stop(t *testing.T, cluster *pglocal.Cluster) {
	t.Helper()
	if err := cluster.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

func TestADurableClusterKeepsItsDataAndAsksForItsPassword(t *testing.T) {
	t.Parallel()
	dir := sharedDir(t)
	first := start(t, pglocal.Options{Dir: dir})
	query(t, first, "CREATE TABLE kept AS SELECT 42 AS answer")
	stop(t, first)

	began := time.Now()
	second := start(t, pglocal.Options{Dir: dir})
	t.Logf("start again: %v", time.Since(began).Round(time.Millisecond))
	var answer int
	query(t, second, "SELECT answer FROM kept", &answer)
	if answer != 42 {
		t.Errorf("answer is %d", answer)
	}
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		if got := show(t, second, name); got != "on" {
			t.Errorf("%s is %s, want on", name, got)
		}
	}
	refusedWithoutPassword(t, second)
}

func start(t *testing.T, opts pglocal.Options) *pglocal.Cluster {
	t.Helper()
	cluster, err := pglocal.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, cluster) })
	return cluster
}

func refusedWithoutPassword(t *testing.T, cluster *pglocal.Cluster) {
	t.Helper()
	config, err := pgx.ParseConfig(cluster.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	config.Password = ""
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err == nil {
		conn.Close(t.Context())
		t.Error("connected without a password")
	}
}
