package adopt_test

import (
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/adopt"
)

// envChinook names the variable that leads to chinook.sql, a well-known sample
// database that is not part of this project. Where it is neither named nor beside the
// checkout, a database of the same shape is adopted: see street_test.go.
const envChinook = "ROWHOUSE_TEST_CHINOOK"

func chinook(t *testing.T) (script string, ok bool) {
	t.Helper()
	path := os.Getenv(envChinook)
	if path == "" {
		path = "../../shared/data/chinook.sql"
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", false
	}
	_, script, ok = strings.Cut(string(text), "\\c chinook;")
	return script, ok
}

const bestsellers = `SELECT g.name, m.name, count(*), sum(l.unit_price * l.quantity)
FROM invoice_line AS l JOIN track AS t USING (track_id) JOIN genre AS g USING (genre_id) JOIN media_type AS m USING (media_type_id)
GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2`

func TestChinook(t *testing.T) {
	t.Parallel()
	script, ok := chinook(t)
	if !ok {
		t.Logf("no chinook.sql: name one in %s", envChinook)
		return
	}
	e := newEstate(t, script)
	before, answer := e.counts("public"), e.rows(bestsellers)

	report := e.must(adopt.Options{Slug: "acme", Shared: []string{"media_type", "genre"}, Domains: []string{"acme.example.com"}})
	after := e.counts("shared", report.Tenant.Placement.Schema)
	if !maps.Equal(before, after) {
		t.Errorf("rows before: %v, after: %v", before, after)
	}
	sum := 0
	for _, n := range after {
		sum += n
	}
	if left := e.left("public"); left != "" || sum < 15_000 {
		t.Errorf("%d rows; left in public: %s", sum, left)
	}
	second := e.create("second")
	e.equal(report.Tenant, second)
	e.in(report.Tenant, func() {
		if got := e.rows(bestsellers); got != answer {
			t.Errorf("it answered\n%s\nand now\n%s", answer, got)
		}
	})
	e.in(second, func() {
		if got := e.rows(bestsellers) + e.text("SELECT count(*) FROM genre"); got != "25" {
			t.Errorf("the second tenant has %s", got)
		}
	})
}
