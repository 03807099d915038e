package diff_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// TestThirtySteps lives through thirty changes of the models of a small shop. After
// each, diff writes the migration, three tenants run it, and diff has nothing more to
// say. Then all goes back to where it began. The short form takes five changes at a
// time; make proof takes each by itself.
func TestThirtySteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begin := w.fingerprints()
	steps := modelSteps(t)
	if len(steps) != 30 {
		t.Fatalf("%d steps", len(steps))
	}
	stride := 5
	if pgtest.Proof() {
		stride = 1
	}
	for i := stride - 1; i < len(steps); i += stride {
		step := steps[i]
		w.models(migrate.Tenant, step.sql)
		r := w.next(migrate.Tenant, step.name)
		if len(r.Files) == 0 || len(r.Gaps) > 0 {
			t.Fatalf("%s: files %v, gaps %v", step.name, r.Files, r.Gaps)
		}
		for _, f := range r.Files {
			if gaps := f.DownGaps(); len(gaps) > 0 {
				t.Errorf("%s: the way back leaves %v", f.Path, gaps)
			}
			if len(f.Down) == 0 {
				t.Errorf("%s has no way back", f.Path)
			}
		}
		w.up()
		if r := w.next(migrate.Tenant, step.name); !r.Nothing() {
			t.Fatalf("%s: again: %v %v", step.name, r.Files, r.Gaps)
		}
		w.alike()
	}
	w.down()
	w.same(begin)
}

// step is the whole desired state after one change.
type step struct{ name, sql string }

// modelSteps applies the edits of testdata/evolution in the order of their names. Each
// file is the parts of the model, "-- part: NAME" and its text, that change in this
// step; a part without text goes.
func modelSteps(t *testing.T) (steps []step) {
	t.Helper()
	files, err := filepath.Glob("testdata/evolution/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	var names []string
	parts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), "-- part: ")[1:] {
			name, sql, _ := strings.Cut(part, "\n")
			if _, known := parts[name]; !known {
				names = append(names, name)
			}
			parts[name] = sql
		}
		var model strings.Builder
		for _, name := range names {
			model.WriteString(parts[name])
		}
		steps = append(steps, step{strings.TrimSuffix(filepath.Base(file), ".sql"), model.String()})
	}
	return steps
}
