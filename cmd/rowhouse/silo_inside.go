package main

import (
	"errors"
	"net/url"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/silo/compose"
)

// siloSupervise is what keeps one silo running; the runtime starts it.
func siloSupervise() *cobra.Command {
	return &cobra.Command{
		Use: "supervise DIR", Hidden: true, Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := whileOwned(cmd.Context(), filepath.Dir(args[0]))
			defer stop()
			return silo.Supervise(ctx, args[0], cmd.ErrOrStderr())
		},
	}
}

// siloPrepare makes a silo's database ready for the application; its supervisor runs
// it before each start.
func (c *cli) siloPrepare() *cobra.Command {
	return &cobra.Command{
		Use: "prepare", Hidden: true, Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			config, err := c.settings()
			if err != nil {
				return err
			}
			if err := rowhouse.Init(cmd.Context(), config); err != nil {
				return err
			}
			h, err := rowhouse.Open(cmd.Context(), config)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, closing(h.Close())) }()
			_, err = h.Migrate().Up(cmd.Context(), migrate.Options{})
			return err
		},
	}
}

// siloHealthy is what a container asks its application by. It prints when somebody else
// last asked.
func siloHealthy() *cobra.Command {
	return &cobra.Command{
		Use: "healthy URL", Hidden: true, Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			u, err := url.Parse(args[0])
			if err != nil {
				return err
			}
			return compose.Check(cmd.OutOrStdout(), func() error { return silo.Healthy(cmd.Context(), u.Host, u.RequestURI()) })
		},
	}
}
