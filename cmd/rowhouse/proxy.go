package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse/silo/proxy"
)

const proxyLong = `Write the front proxy's routes, made from the registry: the hosts of silos lead to
their own applications, all other hosts to the shared one.

For nginx it is a file to be included in the http block, in which no other server is
the default one:
  rowhouse proxy config --for nginx --out /etc/nginx/conf.d/rowhouse.conf --reload
For Caddy it is a whole Caddyfile; its certificates are had on demand, and the shared
application answers at /_rowhouse/ask who may have one.

--reload checks the file with the proxy's own program, puts it into place in one step,
checks again with all that the proxy reads, and has it read anew; no request is
dropped. What the proxy refuses is taken back. Run it after a silo was made, moved,
suspended or deleted. Certificates, and where nginx listens, are keys of silo.proxy in
rowhouse.yaml.`

// proxyFlags are the flags of proxy config.
type proxyFlags struct {
	kind, upstream, out string
	listen              []string
	program, main       string
	check, reload       bool
}

func (c *cli) proxyCommand() *cobra.Command {
	return group("proxy", "Lead hosts to applications", c.proxyConfig())
}

func (c *cli) proxyConfig() *cobra.Command {
	var p proxyFlags
	cmd := &cobra.Command{
		Use:     "config --for nginx|caddy",
		Short:   "Write the front proxy's configuration",
		Long:    proxyLong,
		Example: "  rowhouse proxy config --for nginx --check\n  rowhouse proxy config --for caddy --upstream 127.0.0.1:8000 --out /etc/caddy/Caddyfile --reload",
		Args:    takes(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.proxyRun(cmd.Context(), p) },
	}
	flags := cmd.Flags()
	flags.StringVar(&p.kind, "for", "", "`nginx` or caddy")
	flags.StringVar(&p.upstream, "upstream", "", "`host:port` of the shared application (default: silo.proxy.upstream, or 127.0.0.1:8080)")
	flags.StringArrayVar(&p.listen, "listen", nil, "`[address:]port` where nginx listens; may be repeated (default: silo.proxy.listen, or 80)")
	flags.StringVar(&p.out, "out", "", "the `file` to write, instead of standard output")
	flags.BoolVar(&p.check, "check", false, "let the proxy's program check it first")
	flags.BoolVar(&p.reload, "reload", false, "have the running proxy use it; needs --out")
	flags.StringVar(&p.program, "program", "", "the proxy's program, a `path` (default: nginx or caddy, as found)")
	flags.StringVar(&p.main, "main", "", "the proxy's main configuration `file` where it is not the usual one")
	_ = cmd.MarkFlagRequired("for")
	_ = cmd.RegisterFlagCompletionFunc("for", cobra.FixedCompletions([]string{"nginx", "caddy"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (c *cli) proxyRun(ctx context.Context, p proxyFlags) error {
	make, program, err := p.chosen()
	if err != nil {
		return err
	}
	site, err := c.proxySite(ctx, p)
	if err != nil {
		return err
	}
	text, err := make(site)
	if err != nil {
		return err
	}
	return c.deliver(ctx, p, program, text)
}

// deliver brings a configuration to where the flags want it.
func (c *cli) deliver(ctx context.Context, p proxyFlags, program proxy.Program, text []byte) error {
	if p.reload {
		if err := program.Install(ctx, p.out, text); err != nil {
			return err
		}
		c.say("%s: written and in use", p.out)
		return nil
	}
	if p.check {
		if err := program.Check(ctx, text); err != nil {
			return err
		}
	}
	if p.out == "" {
		_, err := c.out.Write(text)
		return err
	}
	if err := proxy.Write(p.out, text); err != nil {
		return err
	}
	c.say("%s: written", p.out)
	return nil
}

// chosen returns what --for names. The program is looked for only where it is run.
func (p proxyFlags) chosen() (make func(proxy.Site) ([]byte, error), program proxy.Program, err error) {
	if p.reload && p.out == "" {
		return nil, program, usagef("--reload needs --out FILE: the file that the proxy reads")
	}
	switch p.kind {
	case "nginx":
		make, program = proxy.Nginx, proxy.NginxProgram("", p.main)
	case "caddy":
		make, program = proxy.Caddy, proxy.CaddyProgram("", p.main)
	default:
		return nil, program, usagef("--for %q: use nginx or caddy", clip(p.kind))
	}
	if p.check || p.reload {
		program.Path, err = p.find()
	}
	return make, program, err
}

// find looks also where Debian puts servers, which is not on everybody's PATH.
func (p proxyFlags) find() (string, error) {
	candidates := []string{p.kind, "/usr/sbin/" + p.kind, "/usr/local/sbin/" + p.kind}
	if p.program != "" {
		candidates = []string{p.program}
	}
	var failures []error
	for _, name := range candidates {
		path, err := exec.LookPath(name)
		if err == nil {
			return path, nil
		}
		failures = append(failures, err)
	}
	return "", fmt.Errorf("%s is not installed here: leave out --check and --reload, or name it with --program: %w", p.kind, errors.Join(failures...))
}
