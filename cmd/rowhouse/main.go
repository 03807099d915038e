// Command rowhouse is the command line of Rowhouse: it prepares a database, makes
// and changes tenants, migrates them all, and runs any program inside one.
//
// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 some tenants failed and the rest
// are done, 4 a check found something. Machine output (--json) goes to standard
// output, everything else to standard error.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() { os.Exit(start()) }

// sameInterrupt is how long further signals count as the first one: some senders
// signal a process and then its whole group.
const sameInterrupt = time.Second

// start runs the command line with this process's streams. The first interrupt
// cancels the work; a later one finds the default handling, which kills.
func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(sameInterrupt, stop) })
	c := &cli{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	return c.run(ctx, os.Args[1:])
}
