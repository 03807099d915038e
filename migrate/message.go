package migrate

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
	"github.com/rowhouse-go/rowhouse/isolation"
)

// message is many statements for one round trip, and where each came from.
type message struct {
	text  strings.Builder
	marks []mark
}

// mark says where a statement begins in the message and in its file.
type mark struct {
	pos       int
	migration *Migration // nil: one of our own
	line      int
}

func (b *message) add(sql string) { b.from(sql, nil, 0) }

func (b *message) plan(statements ...isolation.Statement) {
	for _, s := range statements {
		b.add(s.Inline())
	}
}

// append adds another message's statements.
func (b *message) append(other *message) {
	begin := b.text.Len()
	for _, m := range other.marks {
		m.pos += begin
		b.marks = append(b.marks, m)
	}
	b.text.WriteString(other.text.String())
}

// verify adds the target's check, if it has one.
func (b *message) verify(t *target) {
	if t.check != "" {
		b.add(t.check)
	}
}

func (b *message) from(sql string, m *Migration, line int) {
	b.marks = append(b.marks, mark{b.text.Len(), m, line})
	b.text.WriteString(sql)
	b.text.WriteString(";\n")
}

// statements adds a part of a migration, the placeholder replaced.
func (b *message) statements(t *target, m *Migration, part []Statement) {
	for _, s := range part {
		b.from(sqllex.Replace(s.SQL, t.schema), m, s.Line)
	}
}

// beginMigration opens the transaction whatever the server's defaults are: the
// guard needs to see what others commit.
const beginMigration = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"

// run sends the message. After an error the connection is idle again, or closed.
func (b *message) run(ctx context.Context, conn *pgx.Conn) error {
	done, err := execAll(ctx, conn.PgConn(), b.text.String())
	if err == nil {
		return nil
	}
	clean(ctx, conn)
	return b.locate(err, done)
}

// execAll runs a message of the simple protocol and counts the statements that
// were completed.
func execAll(ctx context.Context, conn *pgconn.PgConn, sql string) (done int, err error) {
	results := conn.Exec(ctx, sql)
	for results.NextResult() {
		if _, err := results.ResultReader().Close(); err == nil {
			done++
		}
	}
	return done, results.Close()
}

// clean ends a transaction that failed.
func clean(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
		return
	}
	if _, err := execAll(ctx, conn.PgConn(), "ROLLBACK"); err != nil || conn.PgConn().TxStatus() != 'I' {
		_ = conn.Close(ctx) // what is left of it cannot be used again
	}
}

// fault is an error with the place in the files that it came from.
type fault struct {
	migration *Migration
	line      int
	err       error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// locate finds the file and line of an error: from the position that the server
// gives, or else from the number of statements that went through.
func (b *message) locate(err error, done int) error {
	var pg *pgconn.PgError
	offset := -1
	if errors.As(err, &pg) && pg.Position > 0 {
		offset = byteOffset(b.text.String(), int(pg.Position))
		for done+1 < len(b.marks) && b.marks[done+1].pos <= offset {
			done++
		}
	}
	if done >= len(b.marks) || b.marks[done].migration == nil {
		return err
	}
	at := b.marks[done]
	line := at.line
	if offset >= at.pos {
		line += strings.Count(b.text.String()[at.pos:offset], "\n")
	}
	return &fault{at.migration, line, err}
}

// byteOffset turns a position in characters, from 1, into an offset in bytes.
func byteOffset(s string, position int) int {
	at := 0
	for ; position > 1 && at < len(s); position-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at
}
