package scratch

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// prefix begins the names of all scratch databases, and of the sessions that own
// them.
const prefix = "rowhouse_scratch_"

// ErrNotAllowed: the role may not create databases.
var ErrNotAllowed = errors.New("scratch databases need a role that may create them: ALTER ROLE … CREATEDB, or another --database-url")

// Server makes databases on one server. It is for one goroutine.
type Server struct {
	root *pgx.Conn
	run  string // the name that its databases begin with
	made []*Database
}

// Open connects to a server and removes what killed runs left behind. An empty
// database is the server's own. The caller closes it.
func Open(ctx context.Context, conns migrate.Conns, server string) (*Server, error) {
	root, err := conns.Connect(ctx, server, "")
	if err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	s := &Server{root: root, run: prefix + time.Now().UTC().Format("20060102t150405") + "_" + strings.ToLower(rand.Text()[:6])}
	if err := s.begin(ctx); err != nil {
		hangUp(root)
		return nil, fmt.Errorf("scratch: %w", err)
	}
	return s, nil
}

// begin marks the session as the owner of its databases, then sweeps.
func (s *Server) begin(ctx context.Context) error {
	if _, err := s.root.Exec(ctx, "SELECT set_config('application_name', $1, false)", pgx.QueryExecModeExec, s.run); err != nil {
		return err
	}
	rows, _ := s.root.Query(ctx, orphans, pgx.QueryExecModeExec)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := s.drop(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// orphans are our own role's databases whose run has no session any more.
const orphans = `SELECT d.datname FROM pg_database d
WHERE starts_with(d.datname, '` + prefix + `') AND d.datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user)
  AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE starts_with(d.datname, a.application_name)
                  AND starts_with(a.application_name, '` + prefix + `'))`

// Create makes an empty database.
func (s *Server) Create(ctx context.Context) (*Database, error) {
	var locale string
	if err := s.root.QueryRow(ctx, localeQuery, pgx.QueryExecModeExec).Scan(&locale); err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	return s.create(ctx, "template0"+locale)
}

// localeQuery spells the encoding and locale of the server's own database. A database
// that is made from template0 may choose them.
const localeQuery = `SELECT format(' ENCODING %L LC_COLLATE %L LC_CTYPE %L', pg_encoding_to_char(encoding), datcollate, datctype) ||
	CASE j ->> 'datlocprovider'
	WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', coalesce(j ->> 'daticulocale', j ->> 'datlocale'))
	WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', j ->> 'datlocale')
	ELSE '' END
FROM pg_database d, to_jsonb(d) j WHERE datname = current_database()`

// Copy makes a database like another one. Nobody but its Within may be connected to
// that.
func (s *Server) Copy(ctx context.Context, d *Database) (*Database, error) {
	d.release()
	return s.create(ctx, ident.Quote(d.Name))
}

func (s *Server) create(ctx context.Context, template string) (*Database, error) {
	name := fmt.Sprintf("%s_%d", s.run, len(s.made)+1)
	_, err := s.root.Exec(ctx, "CREATE DATABASE "+ident.Quote(name)+" TEMPLATE "+template)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" {
		return nil, fmt.Errorf("%w (%w)", ErrNotAllowed, err)
	}
	if err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	d := &Database{Name: name, config: s.root.Config()}
	s.made = append(s.made, d)
	return d, nil
}

// Close removes all databases that were made, whoever is still connected and
// whatever became of the caller's context.
func (s *Server) Close() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, d := range s.made {
		d.release()
		err = errors.Join(err, s.drop(ctx, d.Name))
	}
	hangUp(s.root)
	return err
}

func (s *Server) drop(ctx context.Context, name string) error {
	if _, err := s.root.Exec(ctx, "DROP DATABASE IF EXISTS "+ident.Quote(name)+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("scratch: %w", err)
	}
	return nil
}

func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx) // nothing is left to lose on it
}
