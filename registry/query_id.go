package registry

import (
	"context"
	"crypto/sha256"

	"github.com/jackc/pgx/v5"
	"github.com/maypok86/otter/v2"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// DeriveID returns the id of a tenant whose own table knows it by something else
// than a UUID: 42, cus_9x. It is a UUID of version 8 (RFC 9562, section 5.8) made of
// the first 16 bytes of SHA-256("rowhouse tenant\x00" + source), so that every
// program derives the same one.
func DeriveID(source string) tenant.ID {
	sum := sha256.Sum256([]byte("rowhouse tenant\x00" + source))
	id := tenant.ID(sum[:16])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id
}

// sourceIDs remembers of which value a derived id was made: it cannot be computed.
type sourceIDs struct {
	native bool // the table's ids are UUIDs
	known  *otter.Cache[tenant.ID, string]
}

func newSourceIDs() *sourceIDs {
	return &sourceIDs{known: otter.Must(&otter.Options[tenant.ID, string]{MaximumSize: 200_000})}
}

func (s *sourceIDs) tenantID(source string) (tenant.ID, error) {
	if source == "" {
		return tenant.ID{}, &tenant.InvalidError{Field: "id", Value: "", Reason: "is empty"}
	}
	if s.native {
		return tenant.ParseID(source)
	}
	id := DeriveID(source)
	s.known.SetIfAbsent(id, source)
	return id, nil
}

// sourceID returns the value of which id was made, or "". One that was never seen is
// looked for in the whole table.
func (q *Query) sourceID(ctx context.Context, id tenant.ID) (string, error) {
	if q.ids.native {
		return id.String(), nil
	}
	if source, ok := q.ids.known.GetIfPresent(id); ok {
		return source, nil
	}
	rows, _ := q.db.Query(ctx, "SELECT "+q.columns.id.text()+" FROM "+q.from()+" WHERE q."+q.columns.id.quoted()+" IS NOT NULL")
	var source, found string
	_, err := pgx.ForEachRow(rows, []any{&source}, func() error {
		if DeriveID(source) == id {
			found = source
		}
		return nil
	})
	return found, err
}
