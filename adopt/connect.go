package adopt

import (
	"context"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// session makes the server write every name with its schema, and lets a function be
// stored whose names the path does not reach yet.
const session = `SET search_path = '';
SET check_function_bodies = off;
SET standard_conforming_strings = on;
SET default_transaction_read_only = off;
SET default_transaction_isolation = 'read committed';
SET quote_all_identifiers = off;
SET client_min_messages = warning`

// connect opens a connection to a database of the main server; empty is the one of
// the URL.
func (a *Adopter) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(a.c.URL)
	if err != nil {
		return nil, err
	}
	if database != "" {
		config.Database = database
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := execute(ctx, conn, session); err != nil {
		hangUp(conn)
		return nil, err
	}
	return conn, nil
}

// execute runs a script as one message.
func execute(ctx context.Context, conn *pgx.Conn, script string) error {
	_, err := conn.PgConn().Exec(ctx, script).ReadAll()
	return err
}

// hangUp closes a connection whatever became of the caller's context.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// environ is the environment in which libpq's programs reach a database. The password
// is in no argument, where others could read it.
func (a *Adopter) environ(database string) ([]string, error) {
	config, err := pgx.ParseConfig(a.c.URL)
	if err != nil {
		return nil, err
	}
	env := append(os.Environ(), "PGHOST="+config.Host, "PGPORT="+strconv.Itoa(int(config.Port)),
		"PGUSER="+config.User, "PGDATABASE="+database, "PGPASSWORD="+config.Password, "PGOPTIONS=")
	for key, variable := range map[string]string{
		"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
	} {
		if value := parameter(a.c.URL, key); value != "" {
			env = append(env, variable+"="+value)
		}
	}
	return env, nil
}

// parameter finds a parameter in either form of a connection string.
func parameter(text, key string) string {
	if u, err := url.Parse(text); err == nil && u.Scheme != "" {
		return u.Query().Get(key)
	}
	for field := range strings.FieldsSeq(text) {
		if value, ok := strings.CutPrefix(field, key+"="); ok {
			return strings.Trim(value, "'")
		}
	}
	return ""
}
