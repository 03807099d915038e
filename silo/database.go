package silo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/portbook"
	"github.com/rowhouse-go/rowhouse/internal/wholefile"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const database = "postgres" // the one that a new cluster has

// database starts the stack's PostgreSQL and puts its password where the programs
// look for it.
func (s *supervisor) database(ctx context.Context) (*pglocal.Cluster, error) {
	log, err := s.place.log(logDatabase)
	if err != nil {
		return nil, err
	}
	port := func() (int, error) { return s.book().Take(s.stack.ID, portbook.Database) }
	cluster, err := pglocal.Start(ctx, pglocal.Options{Dir: s.place.path(dataDir), Log: log, Port: port})
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	go func() {
		<-cluster.Done()
		log.Close()
	}()
	if err := s.know(cluster.URL(database)); err != nil {
		return nil, errors.Join(err, stop(ctx, cluster))
	}
	return cluster, nil
}

// know keeps the address and, in a file of its own, the password.
func (s *supervisor) know(full string) error {
	u, err := url.Parse(full)
	if err != nil {
		return err
	}
	s.state.Database = u.Host
	password, _ := u.User.Password()
	escape := strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace
	line := fmt.Sprintf("127.0.0.1:*:*:%s:%s\n", escape(u.User.Username()), escape(password))
	return wholefile.Write(s.place.path(passFile), []byte(line), secret)
}

// DatabaseURL returns how the owner of a stack's database server at this address
// connects to it, with the password in the file that PGPASSFILE leads to.
func DatabaseURL(address string) string { return ownerURL(address, url.User(database)) }

// OwnerURL is [DatabaseURL] with the password of passfile in it: one that is left to
// be looked up loses to PGPASSWORD of whoever connects.
func OwnerURL(address, passfile string) (string, error) {
	text, err := os.ReadFile(passfile)
	if err != nil {
		return "", fmt.Errorf("the silo's password: %w", err)
	}
	fields := strings.SplitN(strings.TrimSpace(string(text)), ":", 5)
	if len(fields) < 5 {
		return "", fmt.Errorf("the silo's password: %s does not hold host:port:database:user:password", passfile)
	}
	password := strings.NewReplacer(`\\`, `\`, `\:`, `:`).Replace(fields[4])
	return ownerURL(address, url.UserPassword(database, password)), nil
}

func ownerURL(address string, owner *url.Userinfo) string {
	u := url.URL{Scheme: "postgres", User: owner, Host: address, Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// URL returns the database of a stack that is up, as its owner connects to it. The
// password in it comes from the stack's directory.
func (r *Processes) URL(ctx context.Context, id tenant.ID) (string, error) {
	state, err := r.Status(ctx, id)
	if err != nil {
		return "", err
	}
	if state.Database == "" || state.Phase == Stopped || state.Phase == Starting {
		return "", fmt.Errorf("the silo %s is %s: %w", id, state.Phase, ErrDown)
	}
	return OwnerURL(state.Database, placeOf(r.Dir, id).path(passFile))
}

// ErrDown: a silo has no database server that runs.
var ErrDown = errors.New("bring it up with rowhouse silo up")

// log opens a log, after putting aside what has grown too long.
func (p place) log(name string) (io.WriteCloser, error) {
	const long = 16 << 20
	path := p.path(name)
	if info, err := os.Stat(path); err == nil && info.Size() > long {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, secret)
}
