package ident

import (
	"strconv"
	"strings"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// MaxSlug is the longest slug in bytes.
const MaxSlug = 48

// Slug checks a slug: lower-case letters, digits and single inner hyphens, so
// that it is a DNS label, a URL segment and part of a schema name at once.
// Failures are [*tenant.InvalidError].
func Slug(s string) error {
	if reason := slugFault(s); reason != "" {
		return &tenant.InvalidError{Field: "slug", Value: s, Reason: reason}
	}
	return nil
}

func slugFault(s string) string {
	switch {
	case s == "":
		return "is empty"
	case len(s) > MaxSlug:
		return "has " + strconv.Itoa(len(s)) + " bytes; at most " + strconv.Itoa(MaxSlug) + " are allowed"
	case hasOther(s):
		return otherFault(s)
	case s[0] == '-' || s[len(s)-1] == '-':
		return "may not begin or end with a hyphen"
	case strings.Contains(s, "--"):
		return "may not hold two hyphens in a row"
	case reservedSlug(s):
		return "is reserved"
	case looksLikeID(s):
		return "looks like a tenant id"
	}
	return ""
}

func otherFault(s string) string {
	if !hasOther(strings.ToLower(s)) {
		return "has upper-case letters; use lower case"
	}
	return "may hold only a-z, 0-9 and hyphens"
}

func hasOther(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return true
		}
	}
	return false
}

// reservedSlug names what a host, a schema or a route already means.
func reservedSlug(s string) bool {
	switch s {
	case "www", "public", "shared", "pooled", "extensions", "rowhouse", "postgres",
		"pg", "pg-catalog", "pg-temp", "pg-toast", "information-schema", "localhost":
		return true
	}
	return strings.HasPrefix(s, "pg-")
}

func looksLikeID(s string) bool {
	// Every request comes by here: make no error for slugs that are too short.
	if len(s) != len("00000000-0000-0000-0000-000000000000") {
		return false
	}
	_, err := tenant.ParseID(s)
	return err == nil
}

// Prefix checks the prefix of schema names from the configuration.
func Prefix(s string) error {
	fault := ""
	switch {
	case len(s) > 20:
		fault = "is longer than 20 bytes"
	case strings.HasPrefix(s, "pg_"):
		fault = "begins with pg_, which PostgreSQL keeps for itself"
	case s == "p":
		fault = "makes names that begin with pg_ for slugs such as g-1"
	case !plainName(s):
		fault = "must be lower-case letters, digits and underscores, and begin with a letter"
	}
	if fault != "" {
		return &tenant.InvalidError{Field: "schema prefix", Value: s, Reason: fault}
	}
	return nil
}

// SchemaName checks a schema name from the configuration (shared, pooled …).
func SchemaName(s string) error {
	fault := ""
	switch {
	case len(s) > MaxName:
		fault = "is longer than 63 bytes"
	case strings.HasPrefix(s, "pg_") || s == "information_schema" || s == "rowhouse":
		fault = "is reserved"
	case !plainName(s):
		fault = "must be lower-case letters, digits and underscores, and begin with a letter"
	}
	if fault != "" {
		return &tenant.InvalidError{Field: "schema", Value: s, Reason: fault}
	}
	return nil
}

func plainName(s string) bool {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
