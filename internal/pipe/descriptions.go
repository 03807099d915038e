package pipe

import (
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/maypok86/otter/v2"
)

// Scope is what a statement's description depends on besides its text. Two
// tenants' tables of one name can have columns of different types and enums of
// different oids, and a migration changes them: so the tenant's schema and its
// version are part of the key.
type Scope struct {
	Server   string
	Database string
	Schema   string
	Version  int64
}

type descriptionKey struct {
	scope Scope
	sql   string
}

// Descriptions remembers the parameter and column types of statements, bounded.
// It is safe for concurrent use and does not depend on a connection.
type Descriptions struct {
	cache *otter.Cache[descriptionKey, *pgconn.StatementDescription]
}

// NewDescriptions returns a cache of at most size descriptions.
func NewDescriptions(size int) *Descriptions {
	return &Descriptions{cache: otter.Must(&otter.Options[descriptionKey, *pgconn.StatementDescription]{
		MaximumSize: size,
	})}
}

func (d *Descriptions) get(scope Scope, sql string) *pgconn.StatementDescription {
	description, _ := d.cache.GetIfPresent(descriptionKey{scope, sql})
	return description
}

func (d *Descriptions) put(scope Scope, sql string, description *pgconn.StatementDescription) *pgconn.StatementDescription {
	// The reader's field slice belongs to the connection's buffers.
	kept := *description
	kept.ParamOIDs = slices.Clone(description.ParamOIDs)
	kept.Fields = slices.Clone(description.Fields)
	d.cache.Set(descriptionKey{scope, sql}, &kept)
	return &kept
}

// forget drops a description after an error that a stale one can cause: classes
// 08 (protocol), 0A (cached plan), 22 (data) and 42 (names and types).
func (d *Descriptions) forget(scope Scope, sql string, err error) {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || len(pg.Code) != 5 {
		return
	}
	switch pg.Code[:2] {
	case "08", "0A", "22", "42", "XX":
		d.cache.Invalidate(descriptionKey{scope, sql})
	}
}
