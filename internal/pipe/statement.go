package pipe

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Statement is one statement of an application with pgx's leading options taken
// off its arguments.
type Statement struct {
	SQL     string
	Args    []any
	Mode    pgx.QueryExecMode // zero: describe once per tenant, then reuse
	Commits bool              // can commit by itself: runs between BEGIN and COMMIT, where it cannot
	formats pgx.QueryResultFormats
	byOID   pgx.QueryResultFormatsByOID
}

// Parse takes pgx's options (execution mode, result formats, rewriters such as
// [pgx.NamedArgs]) off args. Rewriters get no connection: it would lead around
// the tenant.
func Parse(ctx context.Context, sql string, args []any) (Statement, error) {
	s := Statement{SQL: sql, Args: args}
	for len(s.Args) > 0 {
		switch option := s.Args[0].(type) {
		case pgx.QueryExecMode:
			s.Mode = option
		case pgx.QueryResultFormats:
			s.formats = option
		case pgx.QueryResultFormatsByOID:
			s.byOID = option
		case pgx.QueryRewriter:
			var err error
			s.SQL, s.Args, err = option.RewriteQuery(ctx, nil, s.SQL, s.Args[1:])
			if err != nil {
				return s, fmt.Errorf("pipe: rewrite query: %w", err)
			}
			continue
		default:
			return s, nil
		}
		s.Args = s.Args[1:]
	}
	return s, nil
}

// inferred reports whether the parameters' types come from their Go values, which
// needs no description. The simple protocol cannot carry parameters beside an
// entering statement, so it is served in the same way: one trip, nothing prepared.
func (s Statement) inferred() bool {
	return s.Mode == pgx.QueryExecModeExec || s.Mode == pgx.QueryExecModeSimpleProtocol
}

// message is a statement ready to be sent.
type message struct {
	sql     string
	values  [][]byte
	oids    []uint32
	formats []int16
	results []int16
	named   *pgconn.StatementDescription // nil: send it unnamed
	prepare func(*pgconn.StatementDescription)
}

// encode builds the message; description is nil where types are inferred.
func (s Statement) encode(conn *pgx.Conn, description *pgconn.StatementDescription) (message, error) {
	var b pgx.ExtendedQueryBuilder
	if err := b.Build(conn.TypeMap(), description, s.Args); err != nil {
		return message{}, err
	}
	m := message{sql: s.SQL, values: b.ParamValues, formats: b.ParamFormats, results: b.ResultFormats}
	if description != nil {
		m.oids = description.ParamOIDs
	}
	if s.byOID != nil && description != nil {
		m.results = s.formatsByOID(description)
	}
	if s.formats != nil {
		m.results = s.formats
	}
	return m, nil
}

func (s Statement) formatsByOID(description *pgconn.StatementDescription) []int16 {
	formats := make([]int16, len(description.Fields))
	for i, field := range description.Fields {
		formats[i] = s.byOID[field.DataTypeOID]
	}
	return formats
}

func (r *Run) send(m message) {
	if m.named == nil {
		r.pipeline.SendQueryParams(m.sql, m.values, m.oids, m.formats, m.results)
		return
	}
	if m.prepare != nil {
		r.pipeline.SendPrepare(m.named.Name, m.sql, m.oids)
		r.prepared = append(r.prepared, m.prepare)
		// The answer describes itself, whatever was known of the tables.
		r.pipeline.SendQueryPrepared(m.named.Name, m.values, m.formats, m.results)
		return
	}
	r.pipeline.SendQueryStatement(m.named, m.values, m.formats, m.results)
}
