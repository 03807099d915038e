package tenant

import (
	"crypto/rand"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// ID identifies a tenant for ever. It is a UUID, version 7 when made by [NewID],
// so that ids sort by the time of their birth (RFC 9562, section 5.7).
type ID [16]byte

// NewID returns a fresh random id that carries the current time.
func NewID() ID {
	var id ID
	binary.BigEndian.PutUint64(id[:8], uint64(time.Now().UnixMilli())<<16)
	// crypto/rand.Read never fails since Go 1.24: it ends the program instead.
	_, _ = rand.Read(id[6:])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// ParseID reads the canonical form: 8-4-4-4-12 hexadecimal digits.
// Anything else is an [*InvalidError].
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, invalidID(s)
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return ID{}, invalidID(s)
	}
	return id, nil
}

func invalidID(s string) error {
	return &InvalidError{Field: "id", Value: s, Reason: "is not a UUID"}
}

// IsZero reports whether id was never set.
func (id ID) IsZero() bool { return id == ID{} }

// String returns the canonical form.
func (id ID) String() string {
	var text [36]byte
	hex.Encode(text[:], id[:4])
	hex.Encode(text[9:], id[4:6])
	hex.Encode(text[14:], id[6:8])
	hex.Encode(text[19:], id[8:10])
	hex.Encode(text[24:], id[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

// MarshalText implements [encoding.TextMarshaler].
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (id *ID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseID(string(text))
	return err
}

// Value implements [driver.Valuer].
func (id ID) Value() (driver.Value, error) { return id.String(), nil }

// Scan implements [database/sql.Scanner] for a text or 16-byte column.
func (id *ID) Scan(src any) (err error) {
	switch v := src.(type) {
	case string:
		*id, err = ParseID(v)
	case []byte:
		if len(v) == len(id) {
			copy(id[:], v)
			return nil
		}
		*id, err = ParseID(string(v))
	case [16]byte:
		*id = v
	default:
		err = fmt.Errorf("tenant: scan %T into an ID", src)
	}
	return err
}
