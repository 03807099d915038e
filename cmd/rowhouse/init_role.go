package main

import (
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// named takes the application's role from the command line.
func (c *cli) named(config *rowhouse.Config, role string) error {
	if role == "" {
		return nil
	}
	if err := needPostgres(*config, "init --app-role"); err != nil {
		return err
	}
	if config.AppRole != role {
		config.AppRole = role
		c.warn("write app_role: %s into %s: new tenants' tables are granted to the role named there", role, c.config)
	}
	return nil
}

// serveAs says what is left to do where the application has a role of its own and
// nobody gave its URL: without one it would serve as the role that migrates.
func (c *cli) serveAs(config rowhouse.Config, path string) {
	main := config.Servers[rowhouse.Main]
	if config.AppRole == "" || main.AppURL != "" {
		return
	}
	if !appURLNamed(path) {
		c.say(`next: write into %s: servers: {main: {url: "${%s}", app_url: "${%s}"}}`, path, envURL, envAppURL)
	}
	c.say("next: the application serves as role %s: give it a password if it has none, and set its URL:", config.AppRole)
	c.say(`  psql "$%s" -c '\password %s'`, envURL, ident.Quote(config.AppRole))
	c.say("  export %s='%s'", envAppURL, roleURL(main.URL, config.AppRole))
}

// appURLNamed reports whether the configuration has the key, though nothing is in it.
func appURLNamed(path string) bool {
	text, err := os.ReadFile(path)
	return err == nil && strings.Contains(string(text), "app_url")
}

// roleURL is where the main server is, for another role whose password is to be filled
// in. It is printed, so nothing of the owner's is in it.
func roleURL(main, role string) string {
	other := url.UserPassword(role, "PASSWORD")
	if u, err := url.Parse(main); err == nil && u.Host != "" {
		said := u.Query()
		for _, key := range []string{"user", "password", "passfile", "sslcert", "sslkey", "sslpassword"} {
			said.Del(key)
		}
		u.User, u.RawQuery = other, said.Encode()
		return u.String()
	}
	at, err := pgx.ParseConfig(main)
	if err != nil {
		return "postgres://" + role + ":PASSWORD@HOST/DATABASE"
	}
	u := url.URL{Scheme: "postgres", User: other, Path: "/" + at.Database}
	u.RawQuery = url.Values{"host": {at.Host}, "port": {strconv.Itoa(int(at.Port))}}.Encode()
	return u.String()
}
