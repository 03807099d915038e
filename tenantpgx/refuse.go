package tenantpgx

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pipe"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// ErrRefused: the statement would change the session, control the transaction or
// run outside of one, and with that leave the tenant. The message says what to do
// instead. It guards against accidents and against injected SQL; it does not see
// into functions of the database. Where tenants write SQL of their own, give each
// a database role.
var ErrRefused = errors.New("refused inside a tenant")

func refuse(what, instead string) error {
	return fmt.Errorf("%s: %w: %s", what, ErrRefused, instead)
}

// parse reads a statement of the application and refuses what must not run in a
// tenant.
func parse(ctx context.Context, sql string, args []any) (pipe.Statement, error) {
	statement, err := pipe.Parse(ctx, sql, args)
	if err != nil {
		return statement, err
	}
	v, err := check(statement.SQL)
	statement.Commits = v.commits
	return statement, err
}

// verdict is what the door has to know of a statement before it sends it.
type verdict struct {
	// commits: the statement can commit by itself (CALL, DO), which would end the
	// transaction that the tenant was entered in. Inside BEGIN it cannot.
	commits bool
}

// check reads a statement's tokens and refuses what must not run in a tenant.
func check(sql string) (verdict, error) {
	tokens := code(sql)
	for len(tokens) > 0 && tokens[0].Text == ";" { // the server passes over empty statements
		tokens = tokens[1:]
	}
	if len(tokens) == 0 {
		return verdict{}, nil
	}
	if err := checkVerb(tokens); err != nil {
		return verdict{}, err
	}
	if err := checkNames(tokens); err != nil {
		return verdict{}, err
	}
	commits := tokens[0].Is("CALL") || tokens[0].Is("DO")
	if tokens[0].Is("DO") {
		return verdict{commits: true}, checkBody(tokens)
	}
	return verdict{commits: commits}, nil
}

func code(sql string) []sqllex.Token {
	tokens := make([]sqllex.Token, 0, 32)
	for t := range sqllex.Code(sql) {
		tokens = append(tokens, t)
	}
	return tokens
}

// parseBatch reads the statements of a batch as they are once rewriters have run.
func parseBatch(ctx context.Context, batch *pgx.Batch) ([]pipe.Statement, error) {
	statements := make([]pipe.Statement, len(batch.QueuedQueries))
	for i, q := range batch.QueuedQueries {
		var err error
		if statements[i], err = parse(ctx, q.SQL, q.Arguments); err != nil {
			return nil, err
		}
		if statements[i].Commits {
			return nil, refuse("CALL and DO in a batch", "run them with Exec")
		}
	}
	return statements, nil
}

// checkVerb looks at how the statement begins.
func checkVerb(tokens []sqllex.Token) error {
	if len(tokens) == 0 {
		return nil
	}
	switch tokens[0].Name() {
	case "begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release":
		return refuse(tokens[0].Text, "use Begin, Commit and Rollback of the door")
	case "prepare", "execute", "deallocate":
		return refuse(tokens[0].Text, "statements are described and reused per tenant without it")
	case "reset", "discard", "load", "listen", "unlisten":
		return refuse(tokens[0].Text, "it changes the session; use a connection of your own")
	case "notify":
		return checkNotify(tokens)
	case "vacuum", "cluster", "reindex":
		return refuse(tokens[0].Text, "run it with rowhouse exec or in a NO TRANSACTION migration")
	case "copy":
		return refuse(tokens[0].Text, "use CopyFrom, or SELECT for reading")
	case "set":
		return checkSet(tokens)
	case "declare":
		return checkDeclare(tokens)
	case "create", "drop", "alter":
		return checkDDL(tokens)
	case "explain": // ANALYZE runs what follows
		return errors.Join(checkInto(tokens), checkVerb(explained(tokens)))
	}
	return checkInto(tokens)
}

// checkDeclare refuses cursors that outlive their transaction: whoever gets the
// connection next could fetch another tenant's rows.
func checkDeclare(tokens []sqllex.Token) error {
	for i, t := range tokens {
		if t.Is("HOLD") && tokens[i-1].Is("WITH") {
			return refuse("WITH HOLD", "the cursor would outlive the transaction")
		}
	}
	return nil
}

func checkDDL(tokens []sqllex.Token) error {
	if tokens[0].Is("ALTER") && len(tokens) > 1 && (tokens[1].Is("ROLE") || tokens[1].Is("USER")) {
		return refuse(tokens[0].Text+" "+tokens[1].Text, "its settings would be those of every tenant: use a connection of your own")
	}
	if runsPrepared(tokens) {
		return refuse("EXECUTE", "statements are described and reused per tenant without it")
	}
	for i, t := range tokens[1:min(len(tokens), 6)] {
		switch {
		case t.Is("CONCURRENTLY"), i == 0 && (t.Is("DATABASE") || t.Is("TABLESPACE") || t.Is("SUBSCRIPTION") || t.Is("SYSTEM")):
			return refuse(tokens[0].Text+" "+t.Text, "it cannot run in a transaction: use a NO TRANSACTION migration")
		case (t.Is("TEMP") || t.Is("TEMPORARY")) && !dropsOnCommit(tokens):
			return refuse("a temporary object", "it would outlive the transaction: add ON COMMIT DROP")
		}
	}
	return nil
}

// runsPrepared finds CREATE TABLE … AS EXECUTE: by its name the door's own entering
// statement could be run for another tenant.
func runsPrepared(tokens []sqllex.Token) bool {
	for i, t := range tokens[1:] {
		if t.Is("EXECUTE") && tokens[i].Is("AS") {
			return true
		}
	}
	return false
}

// explained returns the statement behind EXPLAIN and its options. Of a query in
// parentheses nothing is left: no other statement can stand there.
func explained(tokens []sqllex.Token) []sqllex.Token {
	rest := tokens[1:]
	for len(rest) > 0 && (rest[0].Is("ANALYZE") || rest[0].Is("ANALYSE") || rest[0].Is("VERBOSE")) {
		rest = rest[1:]
	}
	if len(rest) == 0 || rest[0].Text != "(" {
		return rest
	}
	depth := 0
	for i, t := range rest {
		switch t.Text {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth == 0 {
			return rest[i+1:]
		}
	}
	return nil
}

// checkInto refuses SELECT … INTO TEMP, which has no ON COMMIT DROP, wherever the
// SELECT stands. INSERT INTO a table of that name is something else.
func checkInto(tokens []sqllex.Token) error {
	for i, t := range tokens {
		if !t.Is("INTO") || i > 0 && (tokens[i-1].Is("INSERT") || tokens[i-1].Is("MERGE")) {
			continue
		}
		rest := tokens[i+1:]
		if len(rest) > 0 && (rest[0].Is("LOCAL") || rest[0].Is("GLOBAL")) {
			rest = rest[1:]
		}
		if len(rest) > 0 && (rest[0].Is("TEMP") || rest[0].Is("TEMPORARY")) {
			return refuse("SELECT INTO TEMP", "use CREATE TEMP TABLE … ON COMMIT DROP AS")
		}
	}
	return nil
}

func dropsOnCommit(tokens []sqllex.Token) bool {
	for i := 2; i < len(tokens); i++ {
		if tokens[i].Is("DROP") && tokens[i-1].Is("COMMIT") && tokens[i-2].Is("ON") {
			return true
		}
	}
	return false
}

// checkNotify keeps applications off the channel on which the registry tells of its
// changes.
func checkNotify(tokens []sqllex.Token) error {
	if len(tokens) > 1 && strings.HasPrefix(tokens[1].Name(), "rowhouse_") {
		return refuse("NOTIFY "+tokens[1].Text, "channels that begin with rowhouse_ are the registry's")
	}
	return nil
}
