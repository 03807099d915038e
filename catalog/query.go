package catalog

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

//go:embed facts.sql
var facts string

// perQuery is how many schemas one query describes: each query reads the whole
// catalog, and a larger one gains little but memory.
const perQuery = 100

// Beginner starts transactions: a *pgx.Conn, or a pgx.Tx. A connection that has seen
// many schemas keeps what it learnt of each, so use one and throw it away.
type Beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// Fingerprint returns the fingerprint of each schema. Schemas that do not exist are
// not in the map.
func Fingerprint(ctx context.Context, db Beginner, schemas []string, more ...Option) (map[string]string, error) {
	const hash = "SELECT schema, encode(sha256(convert_to(text, 'UTF8')), 'hex') FROM ("
	all := make(map[string]string, len(schemas))
	for chunk := range slices.Chunk(schemas, perQuery) {
		if err := describe(ctx, db, hash+facts+") AS f", all, chunk, false, more); err != nil {
			return nil, fmt.Errorf("catalog: fingerprint: %w", err)
		}
	}
	return all, nil
}

// Inspect returns what a schema contains. One that does not exist is a
// [*MissingError].
func Inspect(ctx context.Context, db Beginner, schema string, more ...Option) (Schema, error) {
	return inspect(ctx, db, schema, false, more)
}

// inspect leaves the schema's name in its texts if raw.
func inspect(ctx context.Context, db Beginner, schema string, raw bool, more []Option) (Schema, error) {
	found := map[string]string{}
	if err := describe(ctx, db, facts, found, []string{schema}, raw, more); err != nil {
		return Schema{}, fmt.Errorf("catalog: inspect %s: %w", schema, err)
	}
	text, ok := found[schema]
	if !ok {
		return Schema{}, &MissingError{Schema: schema}
	}
	return parse(schema, text), nil
}

// MissingError is a schema that does not exist.
type MissingError struct{ Schema string }

func (e *MissingError) Error() string { return fmt.Sprintf("there is no schema %q", e.Schema) }

// describe fills in one text for each schema, under settings that decide how the
// server writes names and constants. They end with the transaction, which is rolled
// back because nothing was changed.
func describe(ctx context.Context, db Beginner, query string, into map[string]string, schemas []string, raw bool, more []Option) error {
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if _, err := tx.Exec(ctx, settings, pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	o := collect(more)
	rows, _ := tx.Query(ctx, query, pgx.QueryExecModeExec, schemas, o.ignore, o.grants, raw)
	var schema, text string
	_, err = pgx.ForEachRow(rows, []any{&schema, &text}, func() error {
		into[schema] = text
		return nil
	})
	return err
}

// settings: with an empty path every name that is not PostgreSQL's own is written
// with its schema. Compiling so large a query takes longer than running it.
const settings = `SELECT set_config(name, value, true) FROM (VALUES
 ('search_path', ''), ('jit', 'off'), ('quote_all_identifiers', 'off'), ('standard_conforming_strings', 'on'),
 ('DateStyle', 'ISO, MDY'), ('IntervalStyle', 'postgres'), ('TimeZone', 'UTC'),
 ('extra_float_digits', '1'), ('bytea_output', 'hex'), ('lc_monetary', 'C')) AS s (name, value)`
