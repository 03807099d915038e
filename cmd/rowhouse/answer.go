package main

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// answer is what a statement gave in one tenant.
type answer struct {
	slug    string
	columns []pgconn.FieldDescription
	rows    [][]*string // as the server writes them; nil is NULL
	tag     string
	err     error
}

// row is one row with its tenant, as --json shows it.
type row struct {
	Tenant string `json:"tenant"`
	Row    record `json:"row"`
}

// record is a row whose columns keep their order.
type record struct {
	columns []pgconn.FieldDescription
	values  []*string
}

func readAnswer(rows pgx.Rows) (answer, error) {
	a := answer{columns: slices.Clone(rows.FieldDescriptions())}
	for rows.Next() {
		var values []*string
		for _, raw := range rows.RawValues() {
			values = append(values, textOf(raw))
		}
		a.rows = append(a.rows, values)
	}
	a.tag = rows.CommandTag().String()
	return a, rows.Err()
}

func textOf(raw []byte) *string {
	if raw == nil {
		return nil
	}
	return new(string(raw))
}

// MarshalJSON writes an object in the order of the columns.
func (r record) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, column := range r.columns {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(column.Name)
		if err != nil {
			return nil, err
		}
		value, err := jsonValue(column.DataTypeOID, r.values[i])
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// jsonValue keeps numbers, booleans and JSON what they are; the rest is text, and so
// are the numbers that JSON lacks (NaN, Infinity).
func jsonValue(oid uint32, text *string) ([]byte, error) {
	if text == nil {
		return []byte("null"), nil
	}
	switch oid {
	case pgtype.BoolOID:
		return json.Marshal(*text == "t")
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.Float4OID, pgtype.Float8OID, pgtype.NumericOID,
		pgtype.JSONOID, pgtype.JSONBOID:
		if json.Valid([]byte(*text)) {
			return []byte(*text), nil
		}
	}
	return json.Marshal(*text)
}

// emitAnswers prints the rows of the tenants that answered and reports the others.
func (c *cli) emitAnswers(answers []answer) error {
	if len(answers) == 1 && answers[0].err != nil {
		return answers[0].err
	}
	var failures []error
	rows := []row{}
	for _, a := range answers {
		if a.err != nil {
			c.warn("%s: %s", visible(a.slug), c.explain(a.err))
			failures = append(failures, a.err)
			continue
		}
		for _, values := range a.rows {
			rows = append(rows, row{a.slug, record{a.columns, values}})
		}
		if len(a.columns) == 0 {
			c.say("%s: %s", visible(a.slug), a.tag)
		}
	}
	err := c.emit(rows, func(w io.Writer) error { return writeRows(w, rows) })
	if err != nil {
		return err
	}
	return summary(failures, len(answers))
}

// writeRows prints a table. Tenants whose columns differ get a head of their own.
func writeRows(w io.Writer, rows []row) error {
	for len(rows) > 0 {
		head := names(rows[0].Row)
		rest := slices.IndexFunc(rows, func(r row) bool { return !slices.Equal(names(r.Row), head) })
		if rest < 0 {
			rest = len(rows)
		}
		if err := tableOf(head, rows[:rest]).write(w); err != nil {
			return err
		}
		rows = rows[rest:]
	}
	return nil
}

func tableOf(head []string, rows []row) *table {
	t := newTable(append([]string{"tenant"}, head...)...)
	for _, r := range rows {
		cells := []string{r.Tenant}
		for _, value := range r.Row.values {
			cell := ""
			if value != nil {
				cell = *value
			}
			cells = append(cells, cell)
		}
		t.add(cells...)
	}
	return t
}

func names(r record) []string {
	out := make([]string, 0, len(r.columns))
	for _, column := range r.columns {
		out = append(out, column.Name)
	}
	return out
}
