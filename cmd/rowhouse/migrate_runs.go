package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/migrate"
)

func (c *cli) migrateRuns() *cobra.Command {
	var last int
	cmd := &cobra.Command{
		Use:     "runs",
		Short:   "List the latest runs over the fleet and what failed in them",
		Example: "  rowhouse migrate runs\n  rowhouse migrate runs --last 1 --json",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if last < 1 {
				return usagef("--last must be at least 1")
			}
			return c.within(cmd.Context(), func(h *rowhouse.House) error {
				runs, err := h.Migrate().Runs(cmd.Context(), last)
				if err != nil {
					return err
				}
				return c.emitRuns(runs)
			})
		},
	}
	cmd.Flags().IntVar(&last, "last", 20, "the `number` of runs, the newest first")
	return cmd
}

// runView is a run as --json shows it.
type runView struct {
	migrate.Run
	Result string `json:"result"` // done, partial, failed or unfinished
}

func (c *cli) emitRuns(runs []migrate.Run) error {
	views := make([]runView, 0, len(runs))
	for _, r := range runs {
		views = append(views, runView{r, r.Result()})
	}
	return c.emit(views, func(w io.Writer) error { return writeRuns(w, views) })
}

func writeRuns(w io.Writer, views []runView) error {
	t := newTable("RUN", "STARTED", "TOOK", "WHO", "WHAT", "FROM", "TO", "RESULT", "DONE", "FAILED", "NOT STARTED", "SKIPPED")
	for _, v := range views {
		took := ""
		if !v.Finished.IsZero() {
			took = v.Finished.Sub(v.Started).Round(time.Millisecond).String()
		}
		t.add(strconv.FormatInt(v.ID, 10), v.Started.Format(time.DateTime), took, v.Actor, v.Command,
			strconv.FormatInt(v.From, 10), strconv.FormatInt(v.To, 10), v.Result,
			strconv.Itoa(v.Done), strconv.Itoa(v.Failed), strconv.Itoa(v.NotStarted), strconv.Itoa(v.Skipped))
	}
	if err := t.write(w); err != nil {
		return err
	}
	for _, v := range views {
		if v.Error != "" {
			if _, err := fmt.Fprintf(w, "run %d: %s\n", v.ID, visible(v.Error)); err != nil {
				return err
			}
		}
		for _, f := range v.Failures {
			if _, err := fmt.Fprintf(w, "run %d: %s\n", v.ID, visible(f.Error)); err != nil {
				return err
			}
		}
	}
	return nil
}
