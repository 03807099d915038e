package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// explain returns what a person reads about err: what is wrong and what to do
// next. It is empty where everything was said already.
func explain(err error) string {
	if err == nil || errors.Is(err, errFound) || is[*childError](err) {
		return ""
	}
	if errors.Is(err, context.Canceled) && !is[*migrate.PartialError](err) {
		return "interrupted"
	}
	if e, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return explainConnect(e)
	}
	if e, ok := errors.AsType[*pgconn.ParseConfigError](err); ok {
		return fmt.Sprintf("the database URL cannot be read: %v; it looks like postgres://user:password@host:5432/database", e)
	}
	text := strings.TrimPrefix(err.Error(), "rowhouse: ")
	if next := nextStep(err); next != "" {
		text += "; " + next
	}
	return text
}

// explainConnect says which server could not be used, as whom, and what to change.
func explainConnect(e *pgconn.ConnectError) string {
	host, user, database := e.Config.Host, e.Config.User, e.Config.Database
	where := host
	if !strings.HasPrefix(host, "/") {
		where = net.JoinHostPort(host, strconv.Itoa(int(e.Config.Port)))
	}
	fault, next := connectFault(e)
	return fmt.Sprintf("cannot connect to database %s on %s as %s: %s; %s",
		cmp.Or(database, user), where, user, fault, next)
}

// connectFault names what stood in the way of a connection, and the way around it.
func connectFault(err error) (fault, next string) {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code {
		case "28P01":
			return "wrong password", "correct the password in " + envURL
		case "28000":
			return pg.Message, "correct the user in " + envURL + ", or the server's pg_hba.conf"
		case "3D000":
			return "there is no such database", "make it with createdb, or correct " + envURL
		case "53300":
			return "the server has no connection left", "try again, or raise its max_connections"
		}
		return pg.Message, "see the server's log"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "there is no host " + dns.Name, "correct the host in " + envURL
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused", "start PostgreSQL there, or correct " + envURL
	case errors.Is(err, syscall.ENOENT):
		return "there is no socket", "start PostgreSQL there, or correct " + envURL
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time", "check the network and " + envURL
	}
	return strings.TrimSpace(lastError(err).Error()), "check " + envURL
}

// lastError returns the innermost error of the first chain.
func lastError(err error) error {
	for {
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			if e.Unwrap() == nil {
				return err
			}
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			if len(e.Unwrap()) == 0 {
				return err
			}
			err = e.Unwrap()[0]
		default:
			return err
		}
	}
}

// nextStep adds what to do to errors of lower floors, which know no commands.
func nextStep(err error) string {
	if e, ok := errors.AsType[*tenant.StatusError](err); ok {
		switch e.Status {
		case tenant.Suspended, tenant.ReadOnly:
			return "run rowhouse tenant resume " + e.Slug
		case tenant.Provisioning, tenant.Failed:
			return "finish it with rowhouse tenant create " + e.Slug
		case tenant.Deleting:
			return "bring it back with rowhouse tenant restore " + e.Slug
		}
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42501" {
		return "use a role that owns the database, or grant it the right"
	}
	return ""
}
