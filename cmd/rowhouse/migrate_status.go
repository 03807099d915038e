package main

import (
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// statusView is where the fleet is, as --json shows it: scripts rely on these names.
type statusView struct {
	Shared  sharedStatus   `json:"shared"`
	Tenants []tenantStatus `json:"tenants"`
	Error   string         `json:"error,omitempty"` // files that do not fit what was applied
}

type sharedStatus struct {
	Version int64 `json:"version"`
	Pending int   `json:"pending"`
}

type tenantStatus struct {
	Slug    string `json:"slug"`
	Version int64  `json:"version"`
	Pending int    `json:"pending"`
	Error   string `json:"error"`
}

func (c *cli) migrateStatus() *cobra.Command {
	var f fleet
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Show which migrations are pending; exit code 4 if any are",
		Example: "  rowhouse migrate status\n  rowhouse migrate status --tenant acme --json",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.within(cmd.Context(), func(h *rowhouse.House) error {
				filter, err := f.filter(cmd.Context(), h)
				if err != nil {
					return err
				}
				status, err := h.Migrate().Status(cmd.Context(), filter)
				if err != nil {
					return err
				}
				return c.emitStatus(status)
			})
		},
	}
	f.flags(cmd, c, 4)
	return cmd
}

func viewOfStatus(s *migrate.Status) statusView {
	v := statusView{Tenants: []tenantStatus{}, Error: textOfError(s.Err)}
	if len(s.Shared) > 0 {
		v.Shared = sharedStatus{s.Shared[0].Version, s.Shared[0].Pending}
	}
	for _, p := range s.Tenants {
		v.Tenants = append(v.Tenants, tenantStatus{p.Tenant.Slug, p.Version, p.Pending, textOfError(p.Err)})
	}
	return v
}

func (c *cli) emitStatus(s *migrate.Status) error {
	v := viewOfStatus(s)
	err := c.emit(v, func(w io.Writer) error { return v.table().write(w) })
	if err != nil {
		return err
	}
	for _, skipped := range s.Skipped {
		c.warn("skipped %s: it %s", skipped.Tenant.Slug, skipped.Reason)
	}
	if s.Clean() {
		return nil
	}
	if err := s.Errs(); err != nil {
		c.warn("%v", err)
	} else {
		c.say("migrations are pending: run rowhouse migrate up")
	}
	return errFound
}

func (v statusView) table() *table {
	t := newTable("TARGET", "VERSION", "PENDING", "ERROR")
	t.add("shared", strconv.FormatInt(v.Shared.Version, 10), strconv.Itoa(v.Shared.Pending), "")
	for _, one := range v.Tenants {
		t.add(one.Slug, strconv.FormatInt(one.Version, 10), strconv.Itoa(one.Pending), one.Error)
	}
	return t
}
