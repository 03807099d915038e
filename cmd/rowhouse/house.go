package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/database"
	silolevel "github.com/rowhouse-go/rowhouse/isolation/silo"
)

const (
	configFile = "rowhouse.yaml"
	envURL     = "ROWHOUSE_DATABASE_URL"
	envAppURL  = "ROWHOUSE_APP_URL"
)

// settings finds the configuration, and keeps its servers for who explains why one
// cannot be reached.
func (c *cli) settings() (rowhouse.Config, error) {
	config, err := c.configuration()
	c.servers = config.Servers
	return config, err
}

// configuration is the file, the URL that wins over the file's, and where there is
// neither, a demo that runs.
func (c *cli) configuration() (rowhouse.Config, error) {
	config, found, err := c.readConfig()
	if err != nil {
		return config, err
	}
	address := c.address()
	if address == "" && !found {
		if demo, ok := runningDemo(); ok {
			c.say("using the demo that runs on %s (%s)", demo.Addr, demo.Config)
			return c.load(demo.Config)
		}
	}
	// A URL that is the file's own keeps what the file says about its pooler.
	if address != "" && config.Servers[rowhouse.Main].URL != address {
		app := config.Servers[rowhouse.Main].AppURL
		server := serverAt(address)
		server.AppURL = asUser(address, app)
		config.Servers[rowhouse.Main] = server
		if !onPostgres(config) {
			config.Isolation = "" // the engine's own
		}
	}
	config.Logger = c.logger()
	return config, nil
}

// address returns the main server's URL where it is not the file's, and keeps who gave it.
func (c *cli) address() string {
	if c.url != "" {
		c.given = "--database-url"
		return c.url
	}
	if address := os.Getenv(envURL); address != "" {
		c.given = envURL
		return address
	}
	return ""
}

// readConfig reads the file that --config names, or the usual one if it is there.
func (c *cli) readConfig() (config rowhouse.Config, found bool, err error) {
	path := c.config
	if path == "" {
		if _, err := os.Stat(configFile); errors.Is(err, fs.ErrNotExist) {
			return withoutFile(), false, nil
		}
		path = configFile
	}
	config, err = c.load(path)
	return config, true, err
}

func (c *cli) load(path string) (rowhouse.Config, error) {
	config, err := rowhouse.Load(path)
	c.file = path
	if err != nil {
		return config, unreadable(path, err)
	}
	config.Logger, config.Engines = c.logger(), engines()
	config.Levels = everyLevel()
	return config, nil
}

// unreadable says how to get a configuration where there is none.
func unreadable(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return usagef("there is no configuration file %s: write one with rowhouse init, or name another with --config", path)
	}
	return err
}

// everyLevel is what a program that knows its tenants' levels would choose from.
func everyLevel() []isolation.Maker { return []isolation.Maker{database.Postgres(), silolevel.Maker()} }

// withoutFile is what an empty rowhouse.yaml in this folder would say.
func withoutFile() rowhouse.Config {
	return rowhouse.Config{
		Servers: map[string]rowhouse.Server{},
		Engines: engines(),
		Levels:  everyLevel(),
		Migrations: rowhouse.Migrations{
			Shared: os.DirFS("migrations/shared"),
			Tenant: os.DirFS("migrations/tenant"),
		},
	}
}

func (c *cli) logger() *slog.Logger {
	level := slog.LevelWarn
	if c.quiet {
		level = slog.LevelError
	}
	return slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: level}))
}

// within opens the house for one command.
func (c *cli) within(ctx context.Context, f func(*rowhouse.House) error) (err error) {
	config, err := c.settings()
	if err != nil {
		return err
	}
	config.OperateOnly = true
	c.reachSilos(ctx, &config)
	h, err := rowhouse.Open(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closing(h.Close())) }()
	return f(h)
}

// asUser leads the user of another connection string to where target leads: who
// serves a database must not be left behind in another one.
func asUser(target, other string) string {
	to, err1 := url.Parse(target)
	from, err2 := url.Parse(other)
	if other == "" || err1 != nil || err2 != nil || from.User == nil {
		return ""
	}
	to.User = from.User
	return to.String()
}

func closing(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("close: %w", err)
}
