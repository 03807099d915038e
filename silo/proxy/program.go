package proxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Program is an installed proxy. Its methods run the proxy's own program.
type Program struct {
	Path string // of the program
	Main string // its main configuration file; empty is the usual one
	kind kind
}

// kind is how the program of one proxy is told things.
type kind struct {
	// alone makes files in dir that hold a configuration and nothing else, and
	// returns the arguments with which the program checks them.
	alone func(dir string, text []byte) ([]string, error)
	// check and reload are the arguments for the configuration that is installed.
	check, reload func(file, main string) []string
}

// NginxProgram is nginx, by its program.
func NginxProgram(path, main string) Program {
	verb := func(args ...string) func(string, string) []string {
		return func(_, main string) []string {
			if main == "" {
				return args
			}
			return append([]string{"-c", main}, args...)
		}
	}
	return Program{path, main, kind{nginxAlone, verb("-t", "-q"), verb("-s", "reload")}}
}

// CaddyProgram is Caddy, by its program. Without a main configuration it is run with
// the generated file alone.
func CaddyProgram(path, main string) Program {
	verb := func(name string) func(string, string) []string {
		return func(file, main string) []string {
			if main == "" {
				main = file
			}
			return []string{name, "--config", main, "--adapter", "caddyfile"}
		}
	}
	return Program{path, main, kind{caddyAlone, verb("validate"), verb("reload")}}
}

// nginxAlone keeps the check away from directories that are the running server's.
func nginxAlone(dir string, text []byte) ([]string, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "pid %q;\nerror_log stderr;\nevents {}\nhttp {\n\taccess_log off;\n", filepath.Join(dir, "pid"))
	for _, temp := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&b, "\t%s_temp_path %q;\n", temp, filepath.Join(dir, temp))
	}
	fmt.Fprintf(&b, "\tinclude %q;\n}\n", filepath.Join(dir, "routes"))
	main := filepath.Join(dir, "nginx.conf")
	err := errors.Join(os.WriteFile(filepath.Join(dir, "routes"), text, 0o600), os.WriteFile(main, b.Bytes(), 0o600))
	return []string{"-t", "-q", "-p", dir, "-c", main}, err
}

func caddyAlone(dir string, text []byte) ([]string, error) {
	file := filepath.Join(dir, "Caddyfile")
	return []string{"validate", "--config", file, "--adapter", "caddyfile"}, os.WriteFile(file, text, 0o600)
}

// Check lets the program read a configuration by itself. Nothing that runs notices.
// The error is a [*RefusedError] where the program does not want it.
func (p Program) Check(ctx context.Context, text []byte) error {
	dir, err := os.MkdirTemp("", "rowhouse-proxy-")
	if err != nil {
		return fmt.Errorf("check the proxy configuration: %w", err)
	}
	defer os.RemoveAll(dir)
	args, err := p.kind.alone(dir, text)
	if err != nil {
		return fmt.Errorf("check the proxy configuration: %w", err)
	}
	return p.run(ctx, args)
}

// RefusedError is what the proxy's program said when it failed.
type RefusedError struct {
	Command string
	Output  string
	Err     error
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s: %v:\n%s", e.Command, e.Err, e.Output)
}

// Unwrap returns the error of running the program.
func (e *RefusedError) Unwrap() error { return e.Err }

func (p Program) run(ctx context.Context, args []string) error {
	cmd := exec.CommandContext(ctx, p.Path, args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return &RefusedError{strings.Join(cmd.Args, " "), string(bytes.TrimSpace(out)), err}
	}
	return nil
}
