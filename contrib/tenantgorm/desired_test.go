package tenantgorm_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/contrib/tenantgorm"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/migrate/diff"
	"github.com/rowhouse-go/rowhouse/rowhousetest"
)

// next compares a folder's migrations with what desired makes.
func next(ctx context.Context, h *rowhouse.House, scope migrate.Scope, dir, name string, desired diff.Desired) (*diff.Result, error) {
	c, err := diff.Of(h.Migrate().Config(), scope, filepath.Join(dir, string(scope)), desired)
	if err != nil {
		return nil, err
	}
	return diff.Next(ctx, c, name)
}

// What is in testdata was written by diff from the models.
func TestTheModelsAreWhatTheirMigrationsMake(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/migrations")); err != nil {
		t.Fatal(err)
	}
	h := rowhousetest.Open(t, config(dir, 2))
	for scope, models := range map[migrate.Scope][]any{migrate.Shared: sharedModels(), migrate.Tenant: tenantModels()} {
		r, err := next(t.Context(), h, scope, dir, "changed", tenantgorm.Desired(models))
		if err != nil || !r.Nothing() {
			t.Errorf("%s: %+v, %v", scope, r, err)
		}
	}
}

// The programs' options count: here a naming strategy.
func TestDesiredNamesTablesAsTheProgramDoes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := rowhousetest.Open(t, config(dir, 2))
	options := &gorm.Config{NamingStrategy: schema.NamingStrategy{TablePrefix: "app_", SingularTable: true}}
	r, err := next(t.Context(), h, migrate.Tenant, dir, "begin", tenantgorm.Desired([]any{&Tag{}}, options))
	if err != nil || len(r.Files) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	text, err := os.ReadFile(r.Files[0].Path)
	if err != nil || !strings.Contains(string(text), "CREATE TABLE app_tag") {
		t.Errorf("%s, %v", text, err)
	}
	if options.ConnPool != nil || options.Dialector != nil {
		t.Error("the program's configuration was used up")
	}
}

// Subscription says where the table of plans is.
type Subscription struct {
	ID     int64
	PlanID int
	Plan   SharedPlan
}

// SharedPlan is the shared table by its full name.
type SharedPlan Plan

// TableName names the shared schema.
func (SharedPlan) TableName() string { return "shared.plans" }

func TestSharedTablesMayBeSpelled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	models := map[migrate.Scope][]any{migrate.Shared: {&SharedPlan{}}, migrate.Tenant: {&SharedPlan{}, &Subscription{}}}
	for _, scope := range []migrate.Scope{migrate.Shared, migrate.Tenant, migrate.Tenant} {
		h := rowhousetest.Open(t, config(dir, 2)) // which reads what was written so far
		r, err := next(t.Context(), h, scope, dir, "more", tenantgorm.Desired(models[scope]))
		if err != nil || len(r.Gaps) > 0 {
			t.Fatalf("%s: %+v, %v", scope, r, err)
		}
	}
	if files, err := filepath.Glob(dir + "/*/*"); err != nil || len(files) != 2 {
		t.Errorf("the third comparison was not the last: %q, %v", files, err)
	}
}

func TestWhatIsNoModel(t *testing.T) {
	t.Parallel()
	h := rowhousetest.Open(t, config(t.TempDir(), 2))
	_, err := next(t.Context(), h, migrate.Tenant, t.TempDir(), "odd", tenantgorm.Desired([]any{new(int)}))
	if err == nil || !strings.Contains(err.Error(), "model *int") {
		t.Errorf("got %v", err)
	}
}
