package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse"
)

// explainConnect says which server could not be used, as whom, and what to change.
func (c *cli) explainConnect(e *pgconn.ConnectError) string {
	host, user, database := e.Config.Host, e.Config.User, e.Config.Database
	where := host
	if !strings.HasPrefix(host, "/") {
		where = net.JoinHostPort(host, strconv.Itoa(int(e.Config.Port)))
	}
	fault, next := connectFault(e, c.origin(e.Config))
	return fmt.Sprintf("cannot connect to database %s on %s as %s: %s; %s",
		cmp.Or(database, user), where, user, fault, next)
}

// origin says where the URL of a connection was written: people correct it there.
func (c *cli) origin(at *pgconn.Config) string {
	if main := c.servers[rowhouse.Main]; c.given != "" && leads(main.URL, at) {
		return c.given
	}
	for _, name := range slices.Sorted(maps.Keys(c.servers)) {
		s := c.servers[name]
		switch {
		case leads(s.URL, at):
			return fmt.Sprintf("servers.%s in %s", name, c.file)
		case leads(s.AppURL, at):
			return fmt.Sprintf("servers.%s.app_url in %s", name, c.file)
		case leads(s.DirectURL, at):
			return fmt.Sprintf("servers.%s.direct_url in %s", name, c.file)
		}
	}
	return "its URL"
}

// leads reports whether url is that of a connection, in whichever database.
func leads(url string, at *pgconn.Config) bool {
	if url == "" {
		return false
	}
	config, err := pgconn.ParseConfig(url)
	return err == nil && config.Host == at.Host && config.Port == at.Port && config.User == at.User
}

// connectFault names what stood in the way of a connection, and the way around it;
// the URL was written at origin.
func connectFault(err error, origin string) (fault, next string) {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refusal(pg, origin)
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "there is no host " + dns.Name, "correct the host in " + origin
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused", "start PostgreSQL there, or correct " + origin
	case errors.Is(err, syscall.ENOENT):
		return "there is no socket", "start PostgreSQL there, or correct " + origin
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time", "check the network and " + origin
	}
	return strings.TrimSpace(lastError(err).Error()), "check " + origin
}

// refusal is what a server says to somebody whom it does not let in.
func refusal(pg *pgconn.PgError, origin string) (fault, next string) {
	switch pg.Code {
	case "28P01":
		return "wrong password", "correct the password in " + origin
	case "28000":
		return pg.Message, "correct the user in " + origin + ", or the server's pg_hba.conf"
	case "3D000":
		return "there is no such database", "make it with createdb, or correct " + origin
	case "53300":
		return "the server has no connection left", "try again, or raise its max_connections"
	}
	return pg.Message, "see the server's log"
}
