package rowhouse

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Environ returns the environment in which any program works inside one tenant:
// DATABASE_URL and libpq's PG* variables, whose search path is the tenant's, and
// ROWHOUSE_TENANT, ROWHOUSE_TENANT_ID and ROWHOUSE_SCHEMA. A program that sets a
// path of its own leaves the tenant: give it a role of its own where that matters.
// In a tenant that is read-only its transactions are so too, unless it says
// otherwise. Where the tenant shares its tables, the programs connect as the
// application's role, and the setting that the policies read names the tenant:
// [ErrNoAppURL] says that there is no such role's URL.
//
// Behind a transaction pooler a path would leak to other clients: without a
// direct_url the error is [pools.ErrNoDirectURL].
func (h *House) Environ(_ context.Context, t *tenant.Tenant) ([]string, error) {
	if h.ground != nil {
		return h.ground.Environ(t)
	}
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
	options := settings(config, h.config.Schemas.Path(t.Placement.Schema))
	if t.Placement.Level == tenant.Row {
		if err := h.asApplication(config, server.AppURL); err != nil {
			return nil, fmt.Errorf("tenant %s: %w", t.Slug, err)
		}
		options += " -c " + row.Setting + "=" + t.ID.String()
	}
	if t.Status == tenant.ReadOnly {
		options += " -c default_transaction_read_only=on"
	}
	return append(libpq(config, direct, options),
		"ROWHOUSE_TENANT="+t.Slug,
		"ROWHOUSE_TENANT_ID="+t.ID.String(),
		"ROWHOUSE_SCHEMA="+t.Placement.Schema,
	), nil
}

// ErrNoAppURL: a program in a tenant that shares its tables must connect as the
// application's role, and the configuration does not say how.
var ErrNoAppURL = errors.New("it shares its tables, so programs must connect as the application's role: write app_url into servers")

// asApplication lets config connect as the role that is subject to policies.
func (h *House) asApplication(config *pgx.ConnConfig, appURL string) error {
	if appURL == "" {
		if h.config.AppRole != "" && config.User == h.config.AppRole {
			return nil
		}
		return ErrNoAppURL
	}
	app, err := pgx.ParseConfig(appURL)
	if err != nil {
		return fmt.Errorf("app_url: %w", err)
	}
	config.User, config.Password = app.User, app.Password
	return nil
}

// escapeOption protects a value in libpq's options, which are split at spaces.
func escapeOption(s string) string {
	return strings.NewReplacer(`\`, `\\`, " ", `\ `).Replace(s)
}

// settings spells what the connection string asks of the session, and the path.
func settings(config *pgx.ConnConfig, path string) string {
	var b strings.Builder
	params := config.RuntimeParams
	if given := params["options"]; given != "" {
		b.WriteString(given + " ")
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if name != "options" && name != "search_path" {
			b.WriteString("-c " + name + "=" + escapeOption(params[name]) + " ")
		}
	}
	return b.String() + "-c search_path=" + escapeOption(path)
}

// libpq spells a configuration as variables and as a URL.
func libpq(config *pgx.ConnConfig, direct, options string) []string {
	host, port := config.Host, strconv.Itoa(int(config.Port))
	query := url.Values{"options": {options}}
	env := []string{"PGHOST=" + host, "PGPORT=" + port, "PGUSER=" + config.User, "PGDATABASE=" + config.Database, "PGOPTIONS=" + options}
	if config.Password != "" {
		env = append(env, "PGPASSWORD="+config.Password)
	}
	for key, variable := range tlsParameters() {
		if value := parameter(direct, key); value != "" {
			query.Set(key, value)
			env = append(env, variable+"="+value)
		}
	}
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
	return append(env, "DATABASE_URL="+u.String())
}

// tlsParameters are those of a connection string that pgx turns into something from
// which they cannot be told any more. What PG* variables say is inherited as it is.
func tlsParameters() map[string]string {
	return map[string]string{
		"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
		"channel_binding": "PGCHANNELBINDING",
	}
}

// parameter finds a parameter in either form of a connection string.
func parameter(direct, key string) string {
	if u, err := url.Parse(direct); err == nil && u.Scheme != "" {
		return u.Query().Get(key)
	}
	quoted := regexp.MustCompile(`(?:^|\s)` + key + `\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))`).FindStringSubmatch(direct)
	if quoted == nil {
		return ""
	}
	return regexp.MustCompile(`\\(.)`).ReplaceAllString(quoted[1]+quoted[2], "$1")
}
