package pipe

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Session runs statements on one connection for one tenant.
type Session struct {
	Conn         *pgx.Conn
	Enter        *Enter // nil inside a transaction that has entered
	InTx         bool   // a transaction is open and stays open
	Unnamed      bool   // behind a transaction pooler: nothing may be named
	Scope        Scope
	Types        []string // names of types in the tenant's schema that values are made of
	Descriptions *Descriptions
	Done         func() // called once per run, when the connection is free or closed
}

// Query runs one statement and returns its rows. An [*EnterError] means that
// nothing was executed. Done is called in every case, at the latest when the rows
// are closed.
func (s Session) Query(ctx context.Context, statement Statement) (*Rows, error) {
	run, err := s.start(ctx, []Statement{statement})
	if err != nil {
		return nil, err
	}
	return run.Rows(true)
}

// start sends statements after the entering statement and reads the result of
// entering.
func (s Session) start(ctx context.Context, statements []Statement) (*Run, error) {
	messages, err := s.encode(ctx, statements)
	if err != nil {
		s.Done()
		return nil, err
	}
	wrap := s.Enter != nil && !s.InTx && len(statements) == 1 && statements[0].Commits
	run := Begin(ctx, s.Conn, s.InTx, s.Done)
	run.failed = func(err error) error { return s.forget(statements, err) }
	if wrap {
		run.Send("BEGIN", nil)
	}
	s.SendEnter(run)
	for _, m := range messages {
		run.send(m)
	}
	if wrap {
		run.Send("COMMIT", nil)
	}
	return run, s.sync(run, wrap)
}

// sync sends the message and reads the results that come before the application's.
func (s Session) sync(run *Run, wrapped bool) error {
	if !wrapped {
		return run.Sync(s.Enter != nil)
	}
	if err := run.Sync(false); err != nil {
		return err
	}
	if err := entered(run.Discard()); err != nil { // BEGIN
		return err
	}
	return entered(run.Discard())
}

// SendEnter sends the entering statement, which every connection prepares once.
func (s Session) SendEnter(run *Run) {
	switch {
	case s.Enter == nil:
	case s.Unnamed:
		run.Send(s.Enter.SQL, s.Enter.Values)
	default:
		run.deallocate(preparedOn(s.Conn.PgConn()))
		run.send(s.enterMessage())
	}
}

func (s Session) enterMessage() message {
	on, key := preparedOn(s.Conn.PgConn()), descriptionKey{sql: s.Enter.SQL}
	m := message{sql: s.Enter.SQL, values: s.Enter.Values}
	if m.named, _ = on.get(key); m.named == nil {
		on.see(key)
		m.named = &pgconn.StatementDescription{Name: on.newName(), SQL: m.sql}
		m.prepare = func(d *pgconn.StatementDescription) {
			kept := *m.named
			kept.Fields = slices.Clone(d.Fields)
			on.set(key, &kept)
		}
	}
	return m
}

// encode describes the statements that are not known yet, all in one message, and
// encodes every statement's parameters.
func (s Session) encode(ctx context.Context, statements []Statement) ([]message, error) {
	descriptions, err := s.describe(ctx, statements)
	if err != nil {
		return nil, err
	}
	if err := s.loadTypes(ctx); err != nil {
		return nil, err
	}
	messages := make([]message, len(statements))
	for i, statement := range statements {
		if messages[i], err = statement.encode(s.Conn, descriptions[i]); err != nil {
			return nil, err
		}
		if descriptions[i] != nil && !s.Unnamed {
			s.name(&messages[i], descriptions[i])
		}
	}
	return messages, nil
}

// name lets the message use a statement that this connection has prepared for this
// tenant, or prepare it where it is used again. What was prepared for other types
// than the message was encoded for is prepared anew.
func (s Session) name(m *message, description *pgconn.StatementDescription) {
	on, key := preparedOn(s.Conn.PgConn()), descriptionKey{s.Scope, m.sql}
	have, seen := on.get(key)
	switch {
	case !seen:
		on.see(key)
		return
	case have != nil && alike(have, description):
		m.named = have
		return
	case have != nil:
		on.closing = append(on.closing, have.Name)
		on.set(key, nil)
	}
	name := on.newName()
	m.named = &pgconn.StatementDescription{Name: name, SQL: m.sql}
	m.prepare = func(d *pgconn.StatementDescription) {
		// The tables may have changed since they were described.
		fresh := *s.Descriptions.put(s.Scope, key.sql, d)
		fresh.Name, fresh.SQL = name, key.sql
		on.set(key, &fresh)
	}
}

// alike reports whether parameters and columns have the same types.
func alike(a, b *pgconn.StatementDescription) bool {
	return slices.Equal(a.ParamOIDs, b.ParamOIDs) &&
		slices.EqualFunc(a.Fields, b.Fields, func(x, y pgconn.FieldDescription) bool { return x.DataTypeOID == y.DataTypeOID })
}

func (s Session) describe(ctx context.Context, statements []Statement) ([]*pgconn.StatementDescription, error) {
	found := make([]*pgconn.StatementDescription, len(statements))
	var missing []int
	for i, statement := range statements {
		if statement.inferred() {
			continue
		}
		if statement.Mode != pgx.QueryExecModeDescribeExec {
			found[i] = s.Descriptions.get(s.Scope, statement.SQL)
		}
		if found[i] == nil {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	return found, s.ask(ctx, statements, missing, found)
}

// ask describes the missing statements inside the tenant: outside it, the names
// would mean other tables or none.
func (s Session) ask(ctx context.Context, statements []Statement, missing []int, found []*pgconn.StatementDescription) error {
	run := Begin(ctx, s.Conn, s.InTx, func() {})
	s.SendEnter(run)
	for _, i := range missing {
		run.pipeline.SendPrepare("", statements[i].SQL, nil)
	}
	if err := run.Sync(s.Enter != nil); err != nil {
		return err
	}
	for _, i := range missing {
		description, err := run.Described()
		if err != nil {
			return err
		}
		found[i] = s.Descriptions.put(s.Scope, statements[i].SQL, description)
	}
	return run.Finish()
}

// forget drops what is remembered of statements that failed, where that can be the
// reason. Outside a transaction a stale plan is an error that may be tried again:
// everything was undone.
func (s Session) forget(statements []Statement, err error) error {
	stale := stalePlan(err)
	for _, statement := range statements {
		s.Descriptions.forget(s.Scope, statement.SQL, err)
		if stale && !s.Unnamed {
			preparedOn(s.Conn.PgConn()).forget(descriptionKey{s.Scope, statement.SQL})
		}
	}
	if !stale || s.InTx {
		return err
	}
	return &StalePlanError{Err: err}
}

// Operator opens a guarded transaction to the operations of this module. Its type
// cannot be named outside, so an application cannot unwrap what it is given.
type Operator struct{}
