package resolve

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// idLength is the length of a canonical tenant id.
const idLength = 36

// ParseKey reads a value that may be an id, a domain (it has a dot or a colon)
// or a slug. Failures are [*tenant.InvalidError].
func ParseKey(value string) (tenant.Key, error) {
	switch {
	case len(value) == idLength && strings.Count(value, "-") == 4:
		return idKey(value)
	case strings.ContainsAny(value, ".:"):
		return hostKey(value)
	}
	return slugKey(value)
}

// idKey falls back to a slug, which may have the length and the hyphens of an id.
func idKey(value string) (tenant.Key, error) {
	if _, err := tenant.ParseID(value); err != nil {
		return slugKey(value)
	}
	return tenant.Key{Kind: tenant.KeyID, Value: strings.ToLower(value)}, nil
}

func hostKey(value string) (tenant.Key, error) {
	host, err := ident.Host(value)
	if err != nil {
		return tenant.Key{}, err
	}
	return tenant.ByHost(host), nil
}

func slugKey(value string) (tenant.Key, error) {
	if err := ident.Slug(value); err != nil {
		return tenant.Key{}, err
	}
	return tenant.BySlug(value), nil
}

func matchKey(value string) (Match, error) {
	key, err := ParseKey(value)
	return Match{Key: key}, err
}

func invalid(field, value, reason string) error {
	return &tenant.InvalidError{Field: field, Value: value, Reason: reason}
}
