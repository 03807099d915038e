package adopt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// scratchPrefix begins the names of databases in which a plan is tried.
const scratchPrefix = "rowhouse_adopt_"

// scratch makes an empty database for f and removes it again. The connection to it
// lasts as long: a database of this name to which nobody is connected was left by a
// killed run, and the next one removes it.
func (a *Adopter) scratch(ctx context.Context, conn *pgx.Conn, f func(conn *pgx.Conn, name string) error) (err error) {
	if err := sweep(ctx, conn); err != nil {
		return err
	}
	name := scratchPrefix + strings.ToLower(rand.Text()[:16])
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+ident.Quote(name)+" TEMPLATE template0"); err != nil {
		return fmt.Errorf("make a scratch database (the role needs CREATEDB): %w", err)
	}
	defer func() {
		_, dropErr := conn.Exec(context.WithoutCancel(ctx), "DROP DATABASE IF EXISTS "+ident.Quote(name)+" WITH (FORCE)")
		err = errors.Join(err, dropErr)
	}()
	inside, err := a.connect(ctx, name)
	if err != nil {
		return err
	}
	defer hangUp(inside)
	return f(inside, name)
}

// sweep drops scratch databases that nobody uses. One that was made just now is
// passed over when dropping it fails: its owner has connected.
func sweep(ctx context.Context, conn *pgx.Conn) error {
	const query = `SELECT datname::text FROM pg_database AS d
WHERE starts_with(datname, $1) AND pg_has_role(datdba, 'USAGE')
 AND NOT EXISTS (SELECT FROM pg_stat_activity AS s WHERE s.datid = d.oid)
 AND (pg_stat_file('base/' || oid || '/PG_VERSION', true)).modification < now() - interval '10 minutes'`
	rows, _ := conn.Query(ctx, query, scratchPrefix)
	left, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil // the role may not look at files: whoever may will sweep
	}
	for _, name := range left {
		_, _ = conn.Exec(ctx, "DROP DATABASE IF EXISTS "+ident.Quote(name)) // in use after all
	}
	return nil
}
