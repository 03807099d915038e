package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/rowhouse-go/rowhouse"
)

// cli is what all commands share: the streams and the global flags.
type cli struct {
	in       io.Reader
	out, err io.Writer

	config string // --config
	file   string // the configuration that was read; empty: none
	silos  *silos // set while a house is open
	url    string // --database-url
	// For who has to correct a URL: what the configuration says, and what gave another
	// one for the main server.
	servers map[string]rowhouse.Server
	given   string
	json    bool
	quiet   bool
	yes     bool
}

// run executes one command line and returns its exit code.
func (c *cli) run(ctx context.Context, args []string) int {
	root := c.root()
	root.SetArgs(args)
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	err := root.ExecuteContext(ctx)
	if text := c.explain(err); text != "" {
		fmt.Fprintln(c.err, "rowhouse: "+text)
	}
	return exitCode(err)
}

// say tells people something that --quiet leaves out. It never mixes with output.
func (c *cli) say(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.err, format+"\n", args...)
	}
}

// warn tells people something that they must not miss.
func (c *cli) warn(format string, args ...any) {
	fmt.Fprintf(c.err, "rowhouse: "+format+"\n", args...)
}

// emit writes v as JSON with --json, and otherwise lets human write.
func (c *cli) emit(v any, human func(w io.Writer) error) error {
	if !c.json {
		return human(c.out)
	}
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
