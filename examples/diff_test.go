package examples

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// What tenancy costs the program: the lines between polls-single and polls, with
// their migrations and configuration. Tests, prose and what stands around the program
// (an image, a script that starts many) do not count.
const mostChangedLines = 100

func TestTenancyCostsFewLines(t *testing.T) {
	t.Parallel()
	before, after := sources(t, "polls-single"), sources(t, "polls")
	dropMoves(t, before, after)
	changed := 0
	for _, name := range names(before, after) {
		if n := changedLines(before[name], after[name]); n > 0 {
			t.Logf("%3d lines: %s", n, name)
			changed += n
		}
	}
	t.Logf("%3d lines in all", changed)
	if changed == 0 || changed >= mostChangedLines {
		t.Errorf("polls-single and polls differ in %d lines, want 1 to %d", changed, mostChangedLines-1)
	}
}

// sources reads a program's files, keyed by their path in its folder.
func sources(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") || slices.Contains([]string{".md", ".sh"}, path.Ext(name)) || name == "Dockerfile" {
			return err
		}
		text, err := fs.ReadFile(root, name)
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// dropMoves takes out files that changed their place and nothing else: git mv.
func dropMoves(t *testing.T, before, after map[string]string) {
	t.Helper()
	for _, old := range names(before, nil) {
		if _, stays := after[old]; stays {
			continue
		}
		for _, moved := range names(after, nil) {
			if _, was := before[moved]; !was && after[moved] == before[old] {
				t.Logf("moved: %s to %s", old, moved)
				delete(before, old)
				delete(after, moved)
				break
			}
		}
	}
}

func names(a, b map[string]string) (all []string) {
	for name := range a {
		all = append(all, name)
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// changedLines counts lines removed and added: all but a longest common subsequence.
func changedLines(a, b string) int {
	x, y := slices.Collect(strings.Lines(a)), slices.Collect(strings.Lines(b))
	common := make([]int, len(y)+1) // of the lines of x so far and each head of y
	for _, line := range x {
		diagonal := 0
		for j, other := range y {
			above := common[j+1]
			if line == other {
				common[j+1] = diagonal + 1
			} else {
				common[j+1] = max(above, common[j])
			}
			diagonal = above
		}
	}
	return len(x) + len(y) - 2*common[len(y)]
}

func TestChangedLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"a\nb\n", "a\nb\n", 0},
		{"a\nb\n", "a\nc\n", 2},
		{"", "a\nb\n", 2},
		{"a\nb\nc\n", "b\nc\nd\n", 2},
		{"a\nb\na\nb\n", "b\na\n", 2},
	} {
		if got := changedLines(c.a, c.b); got != c.want {
			t.Errorf("changedLines(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
