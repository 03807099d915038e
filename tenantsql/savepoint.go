package tenantsql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// errNoSavepoint: the transaction has no savepoint of this name.
var errNoSavepoint = errors.New("tenantsql: no such savepoint in the transaction")

// savepoint is a nested transaction of the door under the name that the application
// gave it. database/sql has no nested transactions, so GORM, bun and others write
// savepoints as SQL; the door refuses SQL that controls transactions, and here such
// a statement becomes a call.
type savepoint struct {
	name string
	tx   pgx.Tx
}

// nest carries out SAVEPOINT, RELEASE and ROLLBACK TO. done is false where the
// statement is none of them.
func (c *conn) nest(ctx context.Context, query string) (done bool, err error) {
	if c.tx == nil {
		return false, nil
	}
	switch verb, name := nesting(query); verb {
	case "savepoint":
		return true, c.mark(ctx, name)
	case "release":
		return true, c.release(ctx, name)
	case "rollback":
		return true, c.rollbackTo(ctx, name)
	}
	return false, nil
}

func (c *conn) mark(ctx context.Context, name string) error {
	inner, err := c.tx.Begin(ctx)
	if err != nil {
		return err
	}
	c.savepoints = append(c.savepoints, savepoint{name, inner})
	return nil
}

func (c *conn) release(ctx context.Context, name string) error {
	s, err := c.take(name)
	if err != nil {
		return err
	}
	return s.tx.Commit(ctx)
}

// rollbackTo keeps the savepoint, as SQL does: the door's is used up, so it is set
// again.
func (c *conn) rollbackTo(ctx context.Context, name string) error {
	s, err := c.take(name)
	if err != nil {
		return err
	}
	if err := s.tx.Rollback(ctx); err != nil {
		return err
	}
	return c.mark(ctx, name)
}

// take removes the newest savepoint of this name and those set after it.
func (c *conn) take(name string) (savepoint, error) {
	for i, s := range slices.Backward(c.savepoints) {
		if s.name == name {
			c.savepoints = c.savepoints[:i]
			return s, nil
		}
	}
	return savepoint{}, fmt.Errorf("%w: %s", errNoSavepoint, name)
}

// nesting returns the verb and the name of a statement about a savepoint, or nothing.
func nesting(query string) (verb, name string) {
	words := control(query)
	if len(words) < 2 {
		return "", ""
	}
	verb, name = words[0], words[len(words)-1]
	between := strings.Join(words[1:len(words)-1], " ")
	switch {
	case verb != "rollback" && between == "",
		verb == "release" && between == "savepoint",
		verb == "rollback" && (between == "to" || between == "to savepoint"):
		return verb, name
	}
	return "", ""
}

// control returns the words of a statement that may be about a savepoint, without
// the noise: WORK, TRANSACTION and a semicolon at the end. What is not a word is "".
func control(query string) (words []string) {
	for token := range sqllex.Code(query) {
		word := token.Name()
		if len(words) == 0 && word != "savepoint" && word != "release" && word != "rollback" {
			return nil
		}
		if noise := len(words) == 1 && words[0] == "rollback" && (word == "work" || word == "transaction"); !noise {
			words = append(words, word)
		}
	}
	if last := len(words) - 1; last > 0 && words[last] == "" {
		words = words[:last]
	}
	return words
}
