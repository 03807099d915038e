package pipe

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Session runs statements on one connection for one tenant.
type Session struct {
	Conn         *pgx.Conn
	Enter        *Enter // nil inside a transaction that has entered
	InTx         bool   // a transaction is open and stays open
	Scope        Scope
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
	rows, err := run.Rows(true)
	if err != nil {
		s.forget(statement, err)
		return nil, err
	}
	return rows, nil
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
	if wrap {
		run.Send("BEGIN", nil)
	}
	s.sendEnter(run)
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
	if err := run.Discard(); err != nil {
		return err
	}
	return entered(run.Discard())
}

func (s Session) sendEnter(run *Run) {
	if s.Enter != nil {
		run.Send(s.Enter.SQL, s.Enter.Values)
	}
}

// encode describes the statements that are not known yet, all in one message, and
// encodes every statement's parameters.
func (s Session) encode(ctx context.Context, statements []Statement) ([]message, error) {
	descriptions, err := s.describe(ctx, statements)
	if err != nil {
		return nil, err
	}
	messages := make([]message, len(statements))
	for i, statement := range statements {
		if messages[i], err = statement.encode(s.Conn, descriptions[i]); err != nil {
			return nil, err
		}
	}
	return messages, nil
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
	s.sendEnter(run)
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

func (s Session) forget(statement Statement, err error) {
	s.Descriptions.forget(s.Scope, statement.SQL, err)
}

// Operator opens a guarded transaction to the operations of this module. Its type
// cannot be named outside, so an application cannot unwrap what it is given.
type Operator struct{}
