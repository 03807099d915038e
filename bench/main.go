// Command bench measures Rowhouse against plain PostgreSQL on this machine. Both
// sides of a ratio run in turn within one run, and the ratio of their medians is
// printed: machines differ and are noisy, ratios hold.
//
//	go run ./bench [-rounds 40] [-slice 100ms] [-only door,migrate] [-tenants 1000]
//
// It starts a throw-away PostgreSQL, or uses the one in ROWHOUSE_BENCH_DATABASE_URL.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

// suite is one group of ratios.
type suite struct {
	name string
	run  func(ctx context.Context, w *world) error
}

func suites(fleetSize int) []suite {
	return []suite{{"door", door}, {"migrate", fleet(fleetSize)}, {"drift", driftCheck(fleetSize)}, {"row", rows}}
}

func main() {
	rounds := flag.Int("rounds", 40, "how often both sides take turns")
	slice := flag.Duration("slice", 100*time.Millisecond, "how long one turn lasts")
	size := flag.Int("tenants", 1000, "how many tenants are migrated")
	only := flag.String("only", "", "names of suites, with commas between")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *rounds, *slice, suites(*size), *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds int, slice time.Duration, all []suite, only string) error {
	w, err := newWorld(ctx, rounds, slice)
	if err != nil {
		return err
	}
	defer w.close()
	for _, s := range all {
		if only != "" && !strings.Contains(","+only+",", ","+s.name+",") {
			continue
		}
		if err := s.run(ctx, w); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}
