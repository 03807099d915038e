// Package ident is the one place that validates and quotes identifiers: slugs,
// hosts, schema names, SQL names. Nothing else in the project builds a name.
package ident

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// MaxName is the longest identifier that PostgreSQL keeps, in bytes. Longer ones
// are cut in silence, which would let two tenants share one schema.
const MaxName = 63

// Quote returns name as a quoted SQL identifier. It always quotes: an unquoted
// Acme is another schema than "Acme".
func Quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// QuotePath returns schemas as a search_path value.
func QuotePath(schemas ...string) string {
	quoted := make([]string, 0, len(schemas))
	for _, s := range schemas {
		if s != "" {
			quoted = append(quoted, Quote(s))
		}
	}
	return strings.Join(quoted, ", ")
}

// Literal returns s as an SQL string literal that means the same whatever
// standard_conforming_strings says.
func Literal(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if !strings.Contains(s, `\`) {
		return quoted
	}
	return " E" + strings.ReplaceAll(quoted, `\`, `\\`)
}

// LockKey returns the advisory lock that stands for a tenant: the random half of
// its id. Entering takes it shared; whoever moves, renames or deletes takes it
// exclusively.
func LockKey(id tenant.ID) int64 {
	return int64(binary.BigEndian.Uint64(id[8:]))
}

// ReadOnlyMarker returns the name of the empty schema whose existence makes a
// tenant read-only in the database that holds its data.
func ReadOnlyMarker(id tenant.ID) string {
	return "rowhouse_ro_" + hex.EncodeToString(id[:])
}

// DemolitionMarker returns the name of the empty schema whose existence says that
// dropping a tenant's data was begun, so that what is left is not taken for a tenant.
func DemolitionMarker(id tenant.ID) string {
	return "rowhouse_drop_" + hex.EncodeToString(id[:])
}

// EpochMarker returns the name of the empty schema whose existence says that a
// tenant, whose rows stay where they are, has reached an epoch: nobody enters it as of
// the epoch before.
func EpochMarker(id tenant.ID, epoch int64) string {
	return "rowhouse_at_" + hex.EncodeToString(id[:]) + "_" + strconv.FormatInt(epoch, 10)
}

// roomForEpoch is kept free at the end of a schema name: an underscore and six digits.
const roomForEpoch = 7

// Schema returns the name of a tenant's first schema, or database: prefix, slug at birth and
// the random end of the id. Such a name is never reused, so a statement that
// arrives late finds nothing instead of a stranger. The slug is cut where the
// name would not fit.
func Schema(prefix, slug string, id tenant.ID) string {
	end := "_" + hex.EncodeToString(id[10:])
	birth := strings.ReplaceAll(slug, "-", "_")
	if room := MaxName - roomForEpoch - len(prefix) - len(end); len(birth) > room {
		birth = birth[:max(room, 0)]
	}
	return prefix + birth + end
}

// Template returns the name of a database that tenants' databases are copies of. state
// stands for what is in it. No tenant's first name ends like that.
func Template(prefix, state string) string {
	sum := sha256.Sum256([]byte(state))
	return prefix + "template_" + hex.EncodeToString(sum[:8])
}

// Unfinished returns the name under which something is built that is to have name.
func Unfinished(name string) string { return name + "_new" }

// NextSchema returns the name that schema, now in the epoch before epoch, takes
// when it is fenced: the same with the new epoch at its end.
func NextSchema(schema string, epoch int64) string {
	if epoch > 2 {
		schema = strings.TrimSuffix(schema, "_"+strconv.FormatInt(epoch-1, 10))
	}
	end := "_" + strconv.FormatInt(epoch, 10)
	if room := MaxName - len(end); len(schema) > room {
		schema = strings.ToValidUTF8(schema[:room], "")
	}
	return schema + end
}
