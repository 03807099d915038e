package registry

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Check refuses what no store can keep. Failures are [*tenant.InvalidError].
func Check(t *tenant.Tenant) error {
	switch {
	case t.ID.IsZero():
		return &tenant.InvalidError{Field: "id", Value: "", Reason: "is not set; use tenant.NewID"}
	case !t.Status.Valid():
		return &tenant.InvalidError{Field: "status", Value: string(t.Status), Reason: "is not a status"}
	case !t.Placement.Level.Valid():
		return &tenant.InvalidError{Field: "isolation", Value: string(t.Placement.Level), Reason: "is not a level"}
	case !storable(t.Name):
		return &tenant.InvalidError{Field: "name", Value: t.Name, Reason: "must be UTF-8 text without NUL"}
	}
	if err := ident.Slug(t.Slug); err != nil {
		return err
	}
	if err := checkHome(t.Placement); err != nil {
		return err
	}
	if err := checkValues(t); err != nil {
		return err
	}
	return checkDomains(t)
}

func checkHome(p tenant.Placement) error {
	switch {
	case p.Level == tenant.Schema && p.Schema == "":
		return &tenant.InvalidError{Field: "schema", Value: "", Reason: "is empty, but the level is schema"}
	case p.Level == tenant.Database && p.Database == "":
		return &tenant.InvalidError{Field: "database", Value: "", Reason: "is empty, but the level is database"}
	}
	return nil
}

func checkValues(t *tenant.Tenant) error {
	for name, value := range t.Settings {
		// JSON can spell NUL, PostgreSQL cannot keep it.
		if !storable(name) || bytes.Contains(value, []byte(`\u0000`)) {
			return &tenant.InvalidError{Field: "setting", Value: name, Reason: "holds a NUL character"}
		}
	}
	for name, value := range t.Labels {
		if name == "" || !storable(name) || !storable(value) {
			return &tenant.InvalidError{Field: "label", Value: name, Reason: "must be UTF-8 text without NUL"}
		}
	}
	return nil
}

func checkDomains(t *tenant.Tenant) error {
	seen, primary := map[string]bool{}, ""
	for _, d := range t.Domains {
		if err := checkHost(d.Host); err != nil {
			return err
		}
		if seen[d.Host] {
			return &tenant.InvalidError{Field: "host", Value: d.Host, Reason: "is given twice"}
		}
		seen[d.Host] = true
		if d.Primary && primary != "" {
			return &tenant.InvalidError{Field: "host", Value: d.Host, Reason: "cannot be primary beside " + primary}
		}
		if d.Primary {
			primary = d.Host
		}
	}
	return nil
}

// checkHost wants the canonical form: a request's host arrives in that form, and
// no other spelling would ever be found.
func checkHost(host string) error {
	canonical, err := ident.Domain(host)
	if err == nil && canonical != host {
		err = &tenant.InvalidError{Field: "host", Value: host, Reason: "is not canonical; write " + canonical}
	}
	return err
}

// storable reports whether PostgreSQL can hold s as text.
func storable(s string) bool {
	return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

func hostNames(t *tenant.Tenant) []string {
	hosts := make([]string, len(t.Domains))
	for i, d := range t.Domains {
		hosts[i] = d.Host
	}
	return hosts
}
