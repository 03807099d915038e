package tenantsql_test

import (
	"database/sql"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver that is compared with
)

// literals are one value of each type that applications use, as PostgreSQL spells it.
var literals = []string{
	"true", "false", "1::int2", "-2::int4", "3::int8", "1.1::float4", "1.1::float8",
	"'NaN'::float8", "'Infinity'::float4",
	"12.340::numeric(8, 3)", "'NaN'::numeric", "1e30::numeric", "1.50::money",
	"'text'::text", "''::text", "'var'::varchar(9)", "'c'::char(3)", "'n'::name", `'x'::"char"`,
	`'\x00ff'::bytea`, "''::bytea",
	"'2026-01-02'::date", "'infinity'::date", "'03:04:05.6'::time", "'03:04:05+02'::timetz",
	"'2026-01-02 03:04:05.6'::timestamp", "'-infinity'::timestamp",
	"'2026-01-02 03:04:05.6+02'::timestamptz", "'infinity'::timestamptz", "'1 day 02:03'::interval",
	"'8a6e0804-2bd0-4672-b79d-d97027f9071a'::uuid",
	`'{"a": [1, null]}'::json`, `'{"a": [1, null]}'::jsonb`, "'null'::jsonb", "'<a/>'::xml", "'$.a'::jsonpath",
	"'{1,2,NULL}'::int4[]", `'{a,"b c",NULL}'::text[]`, "'{}'::text[]", "'{{1,2},{3,4}}'::int8[]",
	"'{2026-01-02}'::date[]", "'{t,f}'::bool[]",
	"'[1,5)'::int4range", "'{[1,5)}'::int4multirange", "'[2026-01-02,)'::tstzrange",
	"'10.0.0.1/8'::inet", "'10.0.0.0/8'::cidr", "'08:00:2b:01:02:03'::macaddr",
	"'(1,2)'::point", "'((1,2),(3,4))'::box", "B'101'::bit(3)", "B'101'::varbit(5)",
	"'a b'::tsvector", "'a & b'::tsquery", "17::oid", "'7'::xid", "'7'::cid", "'pg_class'::regclass",
	"'ok'::public.mood", "ROW(1, 'x')::public.pair", "'abc'::public.word", "ROW(1, 'x')",
	"NULL::int4", "NULL::text", "NULL::bytea", "NULL::timestamptz", "NULL::jsonb", "NULL::int4[]", "NULL::public.mood",
}

// destinations are what columns are scanned into.
var destinations = map[string]func() any{
	"any": func() any { return new(any) }, "string": func() any { return new(string) }, "[]byte": func() any { return new([]byte) },
	"RawBytes": func() any { return new(sql.RawBytes) },
	"int":      func() any { return new(int) }, "int64": func() any { return new(int64) }, "float64": func() any { return new(float64) }, "bool": func() any { return new(bool) },
	"time": func() any { return new(time.Time) }, "*string": func() any { return new(*string) }, "*time": func() any { return new(*time.Time) },
	"NullString": func() any { return new(sql.NullString) }, "NullInt64": func() any { return new(sql.NullInt64) }, "NullBool": func() any { return new(sql.NullBool) },
	"NullFloat64": func() any { return new(sql.NullFloat64) }, "NullTime": func() any { return new(sql.NullTime) },
}

// Users of pgx's own database/sql driver must notice no difference, however the
// statement is sent: without a parameter, with one, and with all values as text.
func TestValuesArriveAsFromPgx(t *testing.T) {
	t.Parallel()
	w, plain := withPlain(t)
	ways := map[string][]any{"": nil, " WHERE $1": {true}, " WHERE $1::bool": {pgx.QueryExecModeExec, true}}
	for _, literal := range literals {
		for name, destination := range destinations {
			for where, args := range ways {
				query := "SELECT " + literal + where
				want := scanned(plain.QueryRow(query, args...), destination())
				got := scanned(w.db.QueryRowContext(w.as(t, "a"), query, args...), destination())
				if got != want {
					t.Errorf("%s into %s:\n  got  %s\n  want %s", query, name, got, want)
				}
			}
		}
	}
}

func TestColumnTypesAreAsFromPgx(t *testing.T) {
	t.Parallel()
	w, plain := withPlain(t)
	for _, literal := range literals {
		query := "SELECT " + literal + " AS v"
		got, err := w.db.QueryContext(w.as(t, "a"), query)
		if err != nil {
			t.Fatal(err)
		}
		want, err := plain.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		if g, w := described(t, got), described(t, want); g != w {
			t.Errorf("%s:\n  got  %s\n  want %s", literal, g, w)
		}
	}
}

// The columns of an empty result are asked for when its connection belongs to somebody
// else already, who loads another tenant's types into it: the race detector watches.
func TestColumnTypesOutliveTheConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	other := make(chan error)
	go func() {
		time.Sleep(100 * time.Millisecond)
		other <- readAll(w.as(t, "b"), w.db, "SELECT 'dark'::shade AS other")
	}()
	rows, err := w.db.QueryContext(w.as(t, "a"), "SELECT 'light'::shade AS v, 1 WHERE false")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil || types[0].Name() != "v" || types[1].DatabaseTypeName() != "INT4" {
		t.Errorf("%v, %v", types, err)
	}
	if err := <-other; err != nil {
		t.Error(err)
	}
}

// withPlain returns a world and pgx's own driver on the same database.
func withPlain(t *testing.T) (*world, *sql.DB) {
	t.Helper()
	w := newWorld(t, 2)
	w.admin(t, "CREATE TYPE public.mood AS ENUM ('sad', 'ok'); CREATE TYPE public.pair AS (n int, s text); CREATE DOMAIN public.word AS text")
	plain, err := sql.Open("pgx", w.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = plain.Close() })
	return w, plain
}

// scanned is a value in words: type, value, or that there was an error.
func scanned(row *sql.Row, destination any) string {
	if _, raw := destination.(*sql.RawBytes); raw {
		return fmt.Sprint(row.Scan(destination)) // always refused by Row
	}
	if err := row.Scan(destination); err != nil {
		return "error: " + err.Error()
	}
	value := reflect.ValueOf(destination).Elem()
	if value.Kind() == reflect.Pointer && !value.IsNil() {
		value = value.Elem()
	}
	return fmt.Sprintf("%T %#v", value.Interface(), value.Interface())
}

func described(t *testing.T, rows *sql.Rows) string {
	t.Helper()
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	column := types[0]
	length, hasLength := column.Length()
	precision, scale, hasPrecision := column.DecimalSize()
	nullable, hasNullable := column.Nullable()
	return fmt.Sprint(column.Name(), " ", column.DatabaseTypeName(), " ", column.ScanType(), " ",
		length, hasLength, precision, scale, hasPrecision, nullable, hasNullable)
}
