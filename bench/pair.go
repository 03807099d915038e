package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// side is one of the two things that are compared.
type side func(ctx context.Context) error

// sample is what one turn of a side cost per operation.
type sample struct{ latency, cpu float64 } // microseconds

// compare lets both sides take turns and prints the ratio of their medians.
func (w *world) compare(ctx context.Context, what, promise string, ours, theirs side) error {
	var a, b []sample
	for range 3 { // warm up
		for _, s := range []side{ours, theirs} {
			if _, err := w.turn(ctx, s); err != nil {
				return err
			}
		}
	}
	for range w.rounds {
		x, err := w.turn(ctx, ours)
		if err != nil {
			return err
		}
		y, err := w.turn(ctx, theirs)
		if err != nil {
			return err
		}
		a, b = append(a, x), append(b, y)
	}
	l, c := latency(a), latency(b)
	fmt.Printf("%-36s latency %6.1f / %6.1f µs = %.2f   server CPU %5.1f / %5.1f µs = %.2f   (promise %s)\n",
		what, l, c, l/c, cpu(a), cpu(b), cpu(a)/cpu(b), promise)
	return nil
}

// turn runs a side for a slice of time.
func (w *world) turn(ctx context.Context, s side) (sample, error) {
	before, err := w.serverCPU(ctx)
	if err != nil {
		return sample{}, err
	}
	start, n := time.Now(), 0
	for time.Since(start) < w.slice {
		if err := s(ctx); err != nil {
			return sample{}, err
		}
		n++
	}
	took := time.Since(start)
	after, err := w.serverCPU(ctx)
	if err != nil {
		return sample{}, err
	}
	return sample{float64(took.Microseconds()) / float64(n), (after - before) / float64(n)}, nil
}

func latency(s []sample) float64 { return median(s, func(x sample) float64 { return x.latency }) }
func cpu(s []sample) float64     { return median(s, func(x sample) float64 { return x.cpu }) }

func median(s []sample, f func(sample) float64) float64 {
	values := make([]float64, len(s))
	for i, x := range s {
		values[i] = f(x)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// serverCPU returns the microseconds that the database's backends used so far, read
// from the kernel's scheduler; 0 where there is no such file.
func (w *world) serverCPU(ctx context.Context) (float64, error) {
	rows, err := w.monitor.Query(ctx, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	if err != nil {
		return 0, err
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return 0, err
	}
	var total float64
	for _, pid := range pids {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/schedstat")
		if err != nil {
			continue // the backend has gone, or this is not Linux
		}
		ns, _ := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
		total += ns / 1000
	}
	return total, nil
}
