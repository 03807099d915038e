package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// migrated is the folder that a process of the tests migrates, to be killed meanwhile.
const migrated = "ROWHOUSE_TEST_SQLITE"

// grown is the application with migrations that leave a trace when they run twice or
// in part.
func grown(dir string) rowhouse.Config {
	c := config(dir)
	for v := 2; v < 12; v++ {
		c.Migrations.Tenant.(fstest.MapFS)[fmt.Sprintf("%04d_more.sql", v)] = &fstest.MapFile{Data: fmt.Appendf(nil,
			"-- +goose Up\nCREATE TABLE t%[1]d (x int);\nINSERT INTO notes (body) VALUES ('%[1]d');\nINSERT INTO t%[1]d SELECT 1;\n", v)}
	}
	return c
}

func migrateAll(ctx context.Context, dir string) (err error) {
	h, err := rowhouse.Open(ctx, grown(dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	_, err = h.Migrate().Up(ctx, migrate.Options{})
	return err
}

func TestAKilledMigrationIsFinishedByAnother(t *testing.T) {
	dir := t.TempDir()
	h := open(t, config(dir))
	for i := range 6 {
		create(t, h, fmt.Sprintf("t%d", i))
	}
	for range 6 {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), migrated+"="+dir)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+rand.IntN(150)) * time.Millisecond)
		_ = child.Process.Kill() // kill -9; it may have ended
		_ = child.Wait()
	}
	if err := migrateAll(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	all, err := h.Registry().List(t.Context(), registry.Filter{})
	if err != nil || len(all) != 6 {
		t.Fatal(all, err)
	}
	for _, who := range all {
		var rows, tables int
		err := h.SQL().QueryRowContext(tenant.NewContext(t.Context(), who),
			"SELECT count(*), (SELECT count(*) FROM t2) + (SELECT count(*) FROM t11) FROM notes").Scan(&rows, &tables)
		if err != nil || rows != 10 || tables != 2 || who.Version != 11 {
			t.Errorf("%s at %d has %d rows and %d, %v", who.Slug, who.Version, rows, tables, err)
		}
	}
}
