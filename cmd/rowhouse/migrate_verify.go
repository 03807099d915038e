package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	rows "github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/migrate/verify"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func (c *cli) migrateVerify() *cobra.Command {
	from, fixture, expect, level := "", "", "", ""
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that upgraded tenants equal new ones; exit code 4 if not",
		Long: `Make two scratch databases with two tenants each: in one they are brought to an
older version and then up, in the other they start at the newest. Everything in
them must be equal. With a fixture, which is run at the older version, what --expect
selects must be the same after the upgrade. At the row level the two tenants share
their tables, and both are run as app_role.`,
		Example: "  rowhouse migrate verify\n  rowhouse migrate verify --from 12 --fixture testdata/v12.sql --expect 'SELECT id, name FROM users'",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, done, err := c.verification(from, fixture, expect, level)
			if err != nil {
				return err
			}
			defer done()
			r, err := verify.Run(cmd.Context(), config)
			if err != nil {
				return err
			}
			return c.emitVerified(r)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "the tenants' `version` to upgrade from (default: the one before the newest)")
	cmd.Flags().StringVar(&fixture, "fixture", "", "an SQL `file` to run in each tenant at that version")
	cmd.Flags().StringVar(&expect, "expect", "", "a `query` whose rows must survive")
	cmd.Flags().StringVar(&level, "isolation", "", "the isolation `level` of the tenants: row or schema (default: the configuration's)")
	return cmd
}

func (c *cli) verification(from, fixture, expect, level string) (v verify.Config, done func(), err error) {
	v = verify.Config{Main: rowhouse.Main, From: -1, Expect: expect}
	if from != "" {
		if v.From, err = strconv.ParseInt(from, 10, 64); err != nil || v.From < 0 {
			return v, nil, usagef("%q is no version: give the number at the start of a file's name", clip(from))
		}
	}
	if level != "" && level != string(tenant.Row) && level != string(tenant.Schema) {
		return v, nil, usagef("%q is no level that migrations are verified at: say row or schema", clip(level))
	}
	if fixture != "" {
		text, err := os.ReadFile(fixture)
		if err != nil {
			return v, nil, usagef("read the fixture: %v", err)
		}
		v.Fixture = string(text)
	}
	p, err := c.history()
	if err != nil {
		return v, nil, err
	}
	v.Shared, v.Tenant, v.Conns = p.shared, p.tenant, p.conns
	v.Names, v.Both = p.config.Schemas, p.config.Both
	if cmp.Or(tenant.Level(level), p.config.Isolation) == tenant.Row {
		v.Level = rows.New(v.Names, rows.GrantTo(p.config.AppRole))
	}
	return v, p.close, nil
}

// verifyView is what was compared, as --json shows it.
type verifyView struct {
	From        int64      `json:"from"`
	To          int64      `json:"to"`
	Differences []string   `json:"differences"`
	Data        []dataView `json:"data"`
}

type dataView struct {
	Tenant   string   `json:"tenant"`
	Survived bool     `json:"survived"`
	Before   []string `json:"before"`
	After    []string `json:"after"`
}

func (c *cli) emitVerified(r *verify.Report) error {
	v := verifyView{From: r.From, To: r.Head, Differences: []string{}, Data: []dataView{}}
	for _, d := range r.Differences {
		v.Differences = append(v.Differences, d.String())
	}
	for _, d := range r.Data {
		v.Data = append(v.Data, dataView{d.Tenant, d.Survived(), append([]string{}, d.Before...), append([]string{}, d.After...)})
	}
	if err := c.emit(v, v.write); err != nil {
		return err
	}
	if !r.Clean() {
		return errFound
	}
	c.say("tenants upgraded from %d to %d equal new ones", r.From, r.Head)
	return nil
}

// write shows the differences, and the rows of each tenant before and after.
func (v verifyView) write(w io.Writer) error {
	var b strings.Builder
	for _, d := range v.Differences {
		fmt.Fprintln(&b, d)
	}
	for _, d := range v.Data {
		fmt.Fprintf(&b, "%s: %s\n", d.Tenant, d.verdict())
		for _, row := range d.Before {
			fmt.Fprintln(&b, "  before:", row)
		}
		for _, row := range d.After {
			fmt.Fprintln(&b, "  after: ", row)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (d dataView) verdict() string {
	switch {
	case d.Survived:
		return fmt.Sprintf("all %d rows survived", len(d.Before))
	case len(d.Before) == 0:
		return "there was no row to survive: does the fixture make what --expect selects?"
	}
	return "the rows are not the same"
}
