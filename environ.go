package rowhouse

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Environ returns the environment in which any program works inside one tenant:
// DATABASE_URL and libpq's PG* variables, whose search path is the tenant's, and
// ROWHOUSE_TENANT, ROWHOUSE_TENANT_ID and ROWHOUSE_SCHEMA. A program that sets a
// path of its own leaves the tenant: give it a role of its own where that matters.
//
// Behind a transaction pooler a path would leak to other clients: without a
// direct_url the error is [pools.ErrNoDirectURL].
func (h *House) Environ(_ context.Context, t *tenant.Tenant) ([]string, error) {
	server, err := h.pools.Server(t.Placement.Server)
	if err != nil {
		return nil, err
	}
	direct, err := server.Direct()
	if err != nil {
		return nil, fmt.Errorf("server %s: %w", t.Placement.Server, err)
	}
	config, err := pgx.ParseConfig(direct)
	if err != nil {
		return nil, fmt.Errorf("server %s: %w", t.Placement.Server, err)
	}
	if t.Placement.Database != "" {
		config.Database = t.Placement.Database
	}
	options := "-c search_path=" + escapeOption(h.config.Schemas.Path(t.Placement.Schema))
	return append(libpq(config, direct, options),
		"ROWHOUSE_TENANT="+t.Slug,
		"ROWHOUSE_TENANT_ID="+t.ID.String(),
		"ROWHOUSE_SCHEMA="+t.Placement.Schema,
	), nil
}

// escapeOption protects a value in libpq's options, which are split at spaces.
func escapeOption(s string) string {
	return strings.NewReplacer(`\`, `\\`, " ", `\ `).Replace(s)
}

// libpq spells a configuration as variables and as a URL.
func libpq(config *pgx.ConnConfig, direct, options string) []string {
	host, port := config.Host, strconv.Itoa(int(config.Port))
	query := url.Values{"options": {options}, "sslmode": {sslMode(config, direct)}}
	u := url.URL{Scheme: "postgres", User: url.User(config.User), Path: "/" + config.Database}
	if config.Password != "" {
		u.User = url.UserPassword(config.User, config.Password)
	}
	if strings.HasPrefix(host, "/") {
		query.Set("host", host)
		query.Set("port", port)
	} else {
		u.Host = net.JoinHostPort(host, port)
	}
	// libpq reads %20 and takes + as it is.
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	env := []string{
		"DATABASE_URL=" + u.String(), "PGHOST=" + host, "PGPORT=" + port, "PGUSER=" + config.User,
		"PGDATABASE=" + config.Database, "PGOPTIONS=" + options, "PGSSLMODE=" + query.Get("sslmode"),
	}
	if config.Password != "" {
		env = append(env, "PGPASSWORD="+config.Password)
	}
	return env
}

// sslMode is what the connection string or the environment says.
func sslMode(config *pgx.ConnConfig, direct string) string {
	if u, err := url.Parse(direct); err == nil && u.Query().Get("sslmode") != "" {
		return u.Query().Get("sslmode")
	}
	for field := range strings.FieldsSeq(direct) {
		if mode, ok := strings.CutPrefix(field, "sslmode="); ok {
			return mode
		}
	}
	if mode := os.Getenv("PGSSLMODE"); mode != "" {
		return mode
	}
	if config.TLSConfig == nil {
		return "disable"
	}
	return "prefer"
}
