package tenantsql_test

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/rowhouse-go/rowhouse/tenant"
)

type (
	age     int
	colour  string
	celsius struct{ degrees float64 }
	nowhere struct{}
)

func (c celsius) Value() (driver.Value, error) { return fmt.Sprintf("%.1f", c.degrees), nil }

func (*nowhere) Value() (driver.Value, error) { return nil, nil }

// What the application passes is encoded for the type that the server expects, by pgx.
func TestArgumentsAreEncodedAsByPgx(t *testing.T) {
	t.Parallel()
	w, plain := withPlain(t)
	seven, moment := 7, time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC)
	cases := map[string]any{
		"int4": 7, "int8": age(7), "text": colour("red"), "int2": &seven, "float8": 1.5, "float4": float32(1.5),
		"bool": true, "bytea": []byte{0, 255}, "date": moment, "timestamp": moment, "timestamptz": moment,
		"numeric": celsius{21.5}, "money": "1.50", "interval": time.Minute, "uuid": tenant.NewID(),
		"int4[]": []int{1, 2}, "text[]": []string{"a", "b,c"}, "uuid[]": [][16]byte{{1}, {2}},
		"jsonb": map[string]any{"a": 1}, "json": []byte(`{"a":1}`), "inet": netip.MustParseAddr("10.0.0.1"),
		"int4range": pgtype.Range[pgtype.Int4]{Lower: pgtype.Int4{Int32: 1, Valid: true}, LowerType: pgtype.Inclusive, UpperType: pgtype.Unbounded, Valid: true},
		"varchar":   sql.NullString{String: "x", Valid: true}, "name": sql.NullString{}, "char": (*string)(nil), "time": nil,
		"point":       pgtype.Point{P: pgtype.Vec2{X: 1, Y: 2}, Valid: true},
		"bit":         (*nowhere)(nil),
		"public.mood": colour("ok"), "public.mood[]": []string{"ok", "sad"}, "public.word": "abc",
		"oid": uint32(7), "smallint": 70000, "integer": "no number", "boolean": celsius{}, "real": struct{}{},
	}
	for kind, arg := range cases {
		query := "SELECT ($1::" + kind + ")::text"
		want := scanned(plain.QueryRow(query, arg), new(sql.NullString))
		if got := scanned(w.db.QueryRowContext(w.as(t, "a"), query, arg), new(sql.NullString)); got != want {
			t.Errorf("%T as %s:\n  got  %s\n  want %s", arg, kind, got, want)
		}
	}
}

func TestOptionsOfPgxPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx := w.as(t, "a")
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec,
		pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	} {
		if got := text(t, w.db, ctx, who, mode, 1); got != "a" {
			t.Errorf("%s: %s", mode, got)
		}
	}
	if got := text(t, w.db, ctx, "SELECT name FROM people WHERE id = @id", pgx.NamedArgs{"id": 1}); got != "a" {
		t.Errorf("named arguments: %s", got)
	}
}

func TestWhatNobodyCanPassIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	for _, arg := range []any{sql.Named("id", 1), sql.Out{Dest: new(int)}} {
		if _, err := w.db.ExecContext(w.as(t, "a"), who, arg); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%T: %v", arg, err)
		}
	}
	w.idle(t)
}
