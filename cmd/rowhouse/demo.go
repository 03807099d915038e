package main

import (
	"net"

	"github.com/spf13/cobra"
)

const demoLong = `Serve polls, the sample application, for two customers: thor and potter. Each has a
schema of its own in a private PostgreSQL, which this command starts and stops. Where no
PostgreSQL is found, each has an SQLite file of its own instead. With --isolation they
share tables (row), or each has a database, or a PostgreSQL server and a process of its
own (silo), which end with this command.

Nothing stays behind, unless --dir names a folder to keep it in. While the demo
runs, rowhouse commands without a configuration and a database act on it.`

const demoEngines = "auto, postgres or sqlite"

// demoOptions is the flags of demo.
type demoOptions struct {
	isolation, engine, addr, dir string
	download                     bool
}

func (c *cli) demoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "See it work: two tenants, one program, a private database",
		Long:    demoLong,
		Example: "  rowhouse demo\n  rowhouse demo --addr 127.0.0.1:9000 --dir ~/polls",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return c.demo(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.isolation, "isolation", "", "the isolation `level` of the tenants: row, schema, database or silo (on SQLite: database)")
	flags.StringVar(&o.engine, "engine", "auto", "the database `engine`: "+demoEngines)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8080", "the `host:port` to serve on")
	flags.StringVar(&o.dir, "dir", "", "keep the database and the configuration in this `folder`")
	flags.BoolVar(&o.download, "download", false, "download PostgreSQL (30 MB, once) where none is installed")
	cmd.AddCommand(demoPolls())
	return cmd
}

func (o demoOptions) check() error {
	switch o.engine {
	case "auto", enginePostgres, engineSQLite:
	default:
		return usagef("there is no engine %q: use %s", clip(o.engine), demoEngines)
	}
	if _, err := o.level(o.engine); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(o.addr); err != nil {
		return usagef("--addr %q: write host:port, such as 127.0.0.1:8080", clip(o.addr))
	}
	return nil
}
