package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/registry"
)

// eventView is an event as --json shows it.
type eventView struct {
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Action string    `json:"action"`
	Detail string    `json:"detail"`
}

func (c *cli) tenantEvents() *cobra.Command {
	limit := 50
	cmd := &cobra.Command{
		Use:               "events SLUG",
		Short:             "Show what happened to a tenant, newest first",
		Example:           "  rowhouse tenant events acme\n  rowhouse tenant events acme --limit 1 --json",
		Args:              takes(1, 1),
		ValidArgsFunction: c.completeOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 {
				return usagef("--limit must be at least 1")
			}
			return c.within(cmd.Context(), func(h *rowhouse.House) error {
				t, err := find(cmd.Context(), h, args[0])
				if err != nil {
					return err
				}
				events, err := h.Registry().Events(cmd.Context(), t.ID, limit)
				if err != nil {
					return err
				}
				return c.emitEvents(events)
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", limit, "at most this `number`")
	return cmd
}

func (c *cli) emitEvents(events []registry.Event) error {
	views := make([]eventView, 0, len(events))
	rows := newTable("AT", "ACTOR", "ACTION", "DETAIL")
	for _, e := range events {
		views = append(views, eventView{e.At.UTC(), e.Actor, e.Action, e.Detail})
		rows.add(e.At.UTC().Format(time.DateTime), e.Actor, e.Action, e.Detail)
	}
	return c.emit(views, func(w io.Writer) error { return rows.write(w) })
}
