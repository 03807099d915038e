package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse/internal/levelbench"
)

const benchLong = `Measure what each isolation level costs on this machine: a private installation of
each is made, filled, used and removed again. It takes about two minutes.

CREATE is the median time to make a tenant, READS and WRITES are statements in a
second over all tenants, REQUESTS are pages of one poll that the application serves
in a second, DISK, INDEXES and MEMORY are a tenant's share of what all of them need:
the tables are those of the sample application. Silos are few, because each is a
database server and a process of the application; MEMORY is all that these have.`

func (c *cli) benchCommand() *cobra.Command {
	o := levelbench.Options{Told: func(what string) { c.say("%s …", what) }}
	var levels bool
	var only []string
	cmd := &cobra.Command{
		Use:     "bench --levels",
		Short:   "Measure what each isolation level costs on this machine",
		Long:    benchLong,
		Example: "  rowhouse bench --levels\n  rowhouse bench --levels --only silo\n  rowhouse bench --levels --tenants 500 --json",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case !levels:
				return usagef("say what to measure: --levels compares the isolation levels")
			case o.Tenants < 1 || o.Rows < 1 || o.Workers < 1 || o.Span <= 0:
				return usagef("--tenants, --rows, --workers and --span must be more than nothing")
			}
			for _, level := range only {
				if _, err := parseLevel(level); err != nil {
					return err
				}
			}
			figures, err := c.benchLevels(cmd.Context(), only, o)
			if err != nil {
				return err
			}
			return c.emitFigures(figures)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&levels, "levels", false, "compare the isolation levels")
	flags.StringSliceVar(&only, "only", nil, "measure these `levels` alone: row, schema, database, silo")
	flags.IntVar(&o.Tenants, "tenants", 20, "how many `tenants` of each level")
	flags.IntVar(&o.Rows, "rows", 200, "how many `rows` each of them has")
	flags.IntVar(&o.Workers, "workers", 8, "how many `workers` read and write")
	flags.DurationVar(&o.Span, "span", 3*time.Second, "how long reads and writes are counted, each")
	return cmd
}

func (c *cli) emitFigures(all []levelbench.Figures) error {
	return c.emit(all, func(w io.Writer) error {
		t := newTable("LEVEL", "TENANTS", "CREATE", "READS", "WRITES", "REQUESTS", "DISK", "INDEXES", "MEMORY")
		for _, f := range all {
			t.add(f.Level, strconv.Itoa(f.Tenants), fmt.Sprintf("%.1f ms", f.Create.Seconds()*1000),
				perSecond(&f.Reads), perSecond(&f.Writes), perSecond(f.Requests),
				kilobytes(f.Disk), kilobytes(f.Indexes), kilobytes(f.Memory))
		}
		return t.write(w)
	})
}

const notMeasured = "not measured"

func perSecond(rate *float64) string {
	if rate == nil {
		return notMeasured
	}
	return fmt.Sprintf("%.0f/s", *rate)
}

func kilobytes(bytes *int64) string {
	if bytes == nil {
		return notMeasured
	}
	return strconv.FormatInt(*bytes/1024, 10) + " kB"
}
