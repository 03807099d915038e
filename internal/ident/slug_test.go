package ident_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestSlug(t *testing.T) {
	t.Parallel()
	for _, slug := range []string{"a", "7", "acme", "acme-2", "a-b-c", "pgx", "wwww", strings.Repeat("a", ident.MaxSlug)} {
		if err := ident.Slug(slug); err != nil {
			t.Errorf("%q: %v", slug, err)
		}
	}
}

func TestSlugRefuses(t *testing.T) {
	t.Parallel()
	for name, slug := range map[string]string{
		"empty":           "",
		"too long":        strings.Repeat("a", ident.MaxSlug+1),
		"upper case":      "Acme",
		"letter beyond a": "ácme",
		"Cyrillic twin":   "аcme",
		"invalid UTF-8":   "\xff",
		"two schemas":     "a,b",
		"underscore":      "a_b",
		"dot":             "a.b",
		"slash":           "a/b",
		"traversal":       "../acme",
		"space":           "a b",
		"newline":         "acme\n",
		"NUL":             "acme\x00",
		"quote":           `a"b`,
		"injection":       "a'; DROP SCHEMA public; --",
		"hyphen first":    "-a",
		"hyphen last":     "a-",
		"two hyphens":     "a--b",
		"punycode":        "xn--acme",
		"www":             "www",
		"public":          "public",
		"system schema":   "pg-catalog",
		"system prefix":   "pg-1",
		"localhost":       "localhost",
		"an id":           "0198c2a0-0000-7000-8000-0000000000aa",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := ident.Slug(slug)
			bad, ok := errors.AsType[*tenant.InvalidError](err)
			if !ok || bad.Field != "slug" || bad.Value != slug {
				t.Fatalf("Slug(%q) = %v; want an InvalidError", slug, err)
			}
		})
	}
}

func TestGoodSlugsCostNoAllocation(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { _ = ident.Slug("acme") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Two slugs that differ must differ to every file system and every resolver too.
func TestSlugsHaveNoCaseTwins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		slug := rapid.String().Draw(t, "slug")
		if ident.Slug(slug) == nil && (strings.ToLower(slug) != slug || len(slug) > ident.MaxSlug) {
			t.Fatalf("%q was accepted", slug)
		}
	})
}

func TestEverySlugIsAHostLabel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		slug := rapid.StringMatching(`[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,3}`).Draw(t, "slug")
		if ident.Slug(slug) != nil {
			return
		}
		host := slug + ".polls.localhost"
		if got, err := ident.Host(host); err != nil || got != host {
			t.Fatalf("Host(%q) = %q, %v", host, got, err)
		}
	})
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"tenant_", "t", "p_", "pg", strings.Repeat("a", 20)} {
		if err := ident.Prefix(prefix); err != nil {
			t.Errorf("%q: %v", prefix, err)
		}
	}
	for _, prefix := range []string{"", "p", "pg_", "pg_tenant_", "Tenant_", "1t", "_t", "t-", "t.", `t"`, "té", strings.Repeat("a", 21)} {
		if err := ident.Prefix(prefix); err == nil {
			t.Errorf("%q was accepted", prefix)
		}
	}
}

func TestSchemaName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"shared", "pooled", "a1_b", strings.Repeat("a", ident.MaxName)} {
		if err := ident.SchemaName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", "pg_catalog", "information_schema", "rowhouse", "Shared", "a,b", `a"b`, "a b", strings.Repeat("a", ident.MaxName+1)} {
		if err := ident.SchemaName(name); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}
