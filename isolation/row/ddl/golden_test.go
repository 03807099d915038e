package ddl_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/rowhouse-go/rowhouse/isolation/row/ddl"
)

var update = flag.Bool("update", false, "write testdata/rewritten.txtar anew")

const apart = "---\n"

// start returns a rewriter that knows no table.
func start() *ddl.Rewriter {
	m := ddl.NewModel()
	m.Extensions = []string{"btree_gist"}
	return &ddl.Rewriter{Schema: "pooled", Model: m}
}

func TestRewritten(t *testing.T) {
	t.Parallel()
	file := filepath.Join("testdata", "rewritten.txtar")
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := start()
	for i, f := range archive.Files {
		parts := strings.Split(strings.TrimSuffix(string(f.Data), "\n"), "\n"+apart)
		rewrite := r.Rewrite
		if strings.HasPrefix(f.Name, "each: ") {
			rewrite = r.EachTenant
		}
		got, err := rewrite(parts[0])
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if slices.Equal(got, parts[:1]) {
			got = []string{"as it is"}
		}
		if !*update && !slices.Equal(got, parts[1:]) {
			t.Errorf("%s\n got %s\nwant %s", f.Name, strings.Join(got, "\n     "), strings.Join(parts[1:], "\n     "))
		}
		archive.Files[i].Data = []byte(strings.Join(slices.Insert(got, 0, parts[0]), "\n"+apart) + "\n")
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
