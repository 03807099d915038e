// Package tenant holds the words that every other package speaks: a [Tenant],
// its [Domain]s, its [Placement], its [Status], and the context that carries it
// from the door of a request to the statement that reads its rows.
//
// It imports the standard library only.
package tenant

import (
	"encoding/json"
	"fmt"
	"time"
)

// Tenant is one customer. Values handed out by a registry are shared between
// goroutines: treat them as read-only and use [Tenant.Clone] before changing one.
type Tenant struct {
	ID        ID
	Slug      string // user-visible name, at most 48 bytes, may change
	Name      string // for people; any text
	Status    Status
	Placement Placement
	Settings  Settings
	Labels    map[string]string // for selecting tenants: ring, plan …
	Domains   []Domain
	Version   int64 // newest tenant migration that the registry knows to be applied; 0 is none
	Revision  int64 // grows with each change of the record; updates compare it
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Domain is a host name that leads to one tenant.
type Domain struct {
	Host    string `json:"host"` // canonical: lower case, no port, punycode
	Primary bool   `json:"primary"`
}

// Placement says where a tenant's data lives.
type Placement struct {
	Level    Level
	Server   string // name in the configuration
	Database string // empty: the server's own database
	Schema   string // never reused, kept when the slug changes
	Role     string // database role of this tenant alone; empty in the shared mode
	Upstream string // address of the tenant's own application (silo)
	Epoch    int64  // grows with each move
}

// Level is an isolation level.
type Level string

// The isolation levels, from the most shared to the most separate.
const (
	Row      Level = "row"      // shared tables, row-level security
	Schema   Level = "schema"   // a schema each
	Database Level = "database" // a database each
	Silo     Level = "silo"     // its own server and application processes
)

// Valid reports whether l is one of the four levels.
func (l Level) Valid() bool {
	return l == Row || l == Schema || l == Database || l == Silo
}

// Settings is a tenant's typed configuration: colours, flags, limits.
type Settings map[string]json.RawMessage

// Decode unmarshals all settings into v, a pointer to a struct with json tags.
func (s Settings) Decode(v any) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("tenant: encode settings: %w", err)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("tenant: decode settings: %w", err)
	}
	return nil
}

// Setting returns one setting as a T. ok is false where the key is missing or
// holds something that is not a T.
func Setting[T any](s Settings, key string) (v T, ok bool) {
	raw, found := s[key]
	if !found || json.Unmarshal(raw, &v) != nil {
		var zero T
		return zero, false
	}
	return v, true
}

// PrimaryHost returns the primary domain's host, or "" where there is none.
func (t *Tenant) PrimaryHost() string {
	for _, d := range t.Domains {
		if d.Primary {
			return d.Host
		}
	}
	return ""
}
