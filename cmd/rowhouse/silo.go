package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

const siloLong = `A silo is a tenant with a stack of its own: a PostgreSQL server, which holds a
registry with this one tenant, and processes of the application. It works while the
main server does not.

silo.app.command in rowhouse.yaml says what the application is. A supervisor brings up
the database server, runs the migrations, begins the application, and begins anew what
ends. After a restart of the machine: rowhouse silo up SLUG.

With silo.runtime: compose each silo is a Docker Compose project instead, made from
silo.compose.image and kept running by Docker.`

func (c *cli) siloCommand() *cobra.Command {
	cmd := group("silo", "Run the stacks of tenants that have their own",
		c.siloVerb("up", "Bring a silo up, and tell it what its tenant's record says", c.siloUpOne),
		c.siloVerb("down", "Take a silo down; its data stay", c.siloDown),
		c.siloVerb("status", "Show how a silo is", c.siloStatus),
		c.siloLogs(), c.siloWatch(), siloSupervise(), siloClosed(), c.siloPrepare(), siloHealthy(),
	)
	cmd.Long = siloLong
	return cmd
}

// siloVerb is a command on one silo.
func (c *cli) siloVerb(verb, short string, do func(context.Context, *rowhouse.House, *tenant.Tenant) error) *cobra.Command {
	return &cobra.Command{
		Use:               verb + " SLUG",
		Short:             short,
		Example:           "  rowhouse silo " + verb + " acme",
		Args:              takes(1, 1),
		ValidArgsFunction: c.completeOne,
		RunE:              func(cmd *cobra.Command, args []string) error { return c.onSilo(cmd.Context(), args[0], do) },
	}
}

// onSilo finds the tenant and makes sure that it is a silo.
func (c *cli) onSilo(ctx context.Context, name string, do func(context.Context, *rowhouse.House, *tenant.Tenant) error) error {
	return c.within(ctx, func(h *rowhouse.House) error {
		t, err := find(ctx, h, name)
		if err != nil {
			return err
		}
		if t.Placement.Level != tenant.Silo {
			return usagef("%s is at the level %s and has no stack of its own: create silos with rowhouse tenant create --isolation silo", visible(t.Slug), t.Placement.Level)
		}
		return do(ctx, h, t)
	})
}

func (c *cli) siloUpOne(ctx context.Context, h *rowhouse.House, t *tenant.Tenant) error {
	if !t.Status.Serves() && t.Status != tenant.Suspended {
		return &tenant.StatusError{Slug: t.Slug, Status: t.Status, To: tenant.Active}
	}
	t, err := c.siloUp(ctx, h, t)
	if err != nil {
		return err
	}
	return c.siloStatus(ctx, h, t)
}

func (c *cli) siloDown(ctx context.Context, h *rowhouse.House, t *tenant.Tenant) error {
	if err := c.silos.Down(ctx, t.ID); err != nil {
		return err
	}
	return c.siloStatus(ctx, h, t)
}

func (c *cli) siloStatus(ctx context.Context, _ *rowhouse.House, t *tenant.Tenant) error {
	state, err := c.silos.Status(ctx, t.ID)
	if err != nil {
		return err
	}
	view := struct {
		Slug string `json:"slug"`
		silo.State
	}{t.Slug, state}
	return c.emit(view, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s %s\n", visible(t.Slug), describe(state))
		return err
	})
}

// describe says in one line how a stack is.
func describe(s silo.State) string {
	text := string(s.Phase)
	if s.Phase == silo.Running {
		text += " at " + s.Upstream + ", database at " + s.Database
	}
	if !s.Since.IsZero() {
		text += ", since " + s.Since.UTC().Format(time.RFC3339)
	}
	if s.Restarts > 0 {
		text += fmt.Sprintf(", %d restarts", s.Restarts)
	}
	if s.Error != "" {
		text += ": " + s.Error
	}
	return text
}

func (c *cli) siloLogs() *cobra.Command {
	cmd := c.siloVerb("logs", "Show the end of a silo's logs", func(_ context.Context, _ *rowhouse.House, t *tenant.Tenant) error {
		const most = 8 << 10 // bytes of each
		for _, name := range c.silos.LogNames() {
			if _, err := fmt.Fprintf(c.out, "== %s\n", name); err != nil {
				return err
			}
			if err := c.silos.Log(c.out, t.ID, name, most); err != nil {
				return err
			}
		}
		return nil
	})
	return cmd
}
