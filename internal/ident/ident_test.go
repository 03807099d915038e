package ident_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestQuote(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"acme":          `"acme"`,
		"Acme":          `"Acme"`,
		"a,b":           `"a,b"`,
		`a"; DROP x --`: `"a""; DROP x --"`,
		"":              `""`,
	} {
		if got := ident.Quote(name); got != want {
			t.Errorf("Quote(%q) = %s; want %s", name, got, want)
		}
	}
}

func TestQuotePathLeavesOutWhatIsNotSet(t *testing.T) {
	t.Parallel()
	if got := ident.QuotePath("tenant_a", "", "shared", "pg_temp"); got != `"tenant_a", "shared", "pg_temp"` {
		t.Error(got)
	}
	if got := ident.QuotePath(); got != "" {
		t.Error(got)
	}
}

func TestLiteral(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"acme":     `'acme'`,
		"o'clock":  `'o''clock'`,
		`a\`:       ` E'a\\'`,
		`a\' OR 1`: ` E'a\\'' OR 1'`,
		"":         `''`,
	} {
		if got := ident.Literal(s); got != want {
			t.Errorf("Literal(%q) = %s; want %s", s, got, want)
		}
	}
}

// A quoted name ends where it should, whatever is in it.
func TestQuoteCannotBeLeft(t *testing.T) {
	t.Parallel()
	whole := regexp.MustCompile(`^"([^"]|"")*"$`)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		if quoted := ident.Quote(name); !whole.MatchString(quoted) || strings.ReplaceAll(quoted[1:len(quoted)-1], `""`, `"`) != name {
			t.Fatalf("Quote(%q) = %s", name, quoted)
		}
	})
}

func TestSchema(t *testing.T) {
	t.Parallel()
	id, err := tenant.ParseID(someID)
	if err != nil {
		t.Fatal(err)
	}
	if got := ident.Schema("tenant_", "acme-west", id); got != "tenant_acme_west_0000000000aa" {
		t.Error(got)
	}
}

const someID = "0198c2a0-0000-7000-8000-0000000000aa"

// Names that PostgreSQL would cut, keep for itself or read as another's.
func TestSchemaIsAlwaysAWholeName(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.StringMatching(`[a-z][a-z0-9_]{0,19}`).Filter(func(s string) bool { return ident.Prefix(s) == nil }).Draw(t, "prefix")
		slug := rapid.StringMatching(`[a-z0-9]{1,12}(-[a-z0-9]{1,11}){0,3}`).Filter(func(s string) bool { return ident.Slug(s) == nil }).Draw(t, "slug")
		a := ident.Schema(prefix, slug, tenant.NewID())
		if b := ident.Schema(prefix, slug, tenant.NewID()); a == b {
			t.Fatalf("two tenants share %s", a)
		}
		if err := ident.SchemaName(a); err != nil {
			t.Fatal(err)
		}
		if next := ident.NextSchema(a, 999_999); next != a+"_999999" || len(next) > ident.MaxName {
			t.Fatalf("%s has no room for its epochs: %s", a, next)
		}
	})
}

func TestSlugIsCutWhereTheSchemaWouldBeTooLong(t *testing.T) {
	t.Parallel()
	prefix := strings.Repeat("p", 20)
	for n := 1; n <= ident.MaxSlug; n++ {
		name := ident.Schema(prefix, strings.Repeat("a", n), tenant.NewID())
		if len(name)+len("_999999") > ident.MaxName {
			t.Errorf("slug of %d bytes: %s has %d", n, name, len(name))
		}
	}
}

func TestNextSchema(t *testing.T) {
	t.Parallel()
	name := "tenant_acme_0000000000aa"
	for epoch, want := range map[int64]string{2: name + "_2", 3: name + "_3", 10: name + "_10"} {
		got := name
		for e := int64(2); e <= epoch; e++ {
			got = ident.NextSchema(got, e)
		}
		if got != want {
			t.Errorf("epoch %d: %s; want %s", epoch, got, want)
		}
	}
}

func TestNextSchemaOfALongAdoptedName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{strings.Repeat("a", ident.MaxName), strings.Repeat("ü", 31)} {
		if next := ident.NextSchema(name, 2); len(next) > ident.MaxName || !strings.HasSuffix(next, "_2") {
			t.Errorf("%s has %d bytes", next, len(next))
		}
	}
}

func TestLockAndMarkerFollowTheID(t *testing.T) {
	t.Parallel()
	a, b := tenant.NewID(), tenant.NewID()
	if ident.LockKey(a) == ident.LockKey(b) || ident.ReadOnlyMarker(a) == ident.ReadOnlyMarker(b) {
		t.Error("two tenants share a lock or a marker")
	}
	if n := len(ident.ReadOnlyMarker(a)); n > ident.MaxName {
		t.Errorf("the marker has %d bytes", n)
	}
}
