package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal returns both ends of a pseudo-terminal.
func openTerminal(t *testing.T) (screen, terminal *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	if err := unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return screen, terminal
}

// shown runs rowhouse on a terminal and returns what is on its screen.
func (p *project) shown(env []string, args ...string) string {
	p.t.Helper()
	screen, terminal := openTerminal(p.t)
	cmd := p.command(args...)
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	_ = terminal.Close()
	text := make(chan string)
	go func() {
		all, _ := io.ReadAll(screen) // it ends with EIO once nobody holds the terminal
		text <- string(all)
	}()
	if err := cmd.Wait(); err != nil {
		p.t.Error(err)
	}
	select {
	case all := <-text:
		return all
	case <-time.After(10 * time.Second):
		p.t.Fatal("the terminal is still open")
		return ""
	}
}

func TestColours(t *testing.T) {
	t.Parallel()
	p := newProject(t, nil)
	p.must("tenant", "create", "acme")
	for name, test := range map[string]struct {
		env     string
		colours bool
	}{
		"terminal": {"TERM=xterm", true},
		"NO_COLOR": {"NO_COLOR=1", false},
		"dumb":     {"TERM=dumb", false},
	} {
		t.Run(name, func(t *testing.T) {
			text := p.shown([]string{"NO_COLOR=", "TERM=xterm", test.env}, "tenant", "list")
			if !strings.Contains(text, "active") || strings.Contains(text, green) != test.colours {
				t.Errorf("screen: %q", text)
			}
		})
	}
}

// A bar on a terminal, lines elsewhere, nothing with --quiet.
func TestProgress(t *testing.T) {
	t.Parallel()
	p := newProject(t, nil)
	if text := p.shown(nil, "tenant", "create", "a1", "a2", "--json"); !strings.Contains(text, "1/2") || !strings.Contains(text, "\r") {
		t.Errorf("screen: %q", text)
	}
	if _, stderr, _ := p.run("tenant", "create", "b1", "b2", "--json"); stderr != "created 1/2 b1\ncreated 2/2 b2\n" {
		t.Errorf("standard error: %q", stderr)
	}
	if _, stderr, _ := p.run("tenant", "create", "c1", "c2", "--json", "--quiet"); stderr != "" {
		t.Errorf("standard error: %q", stderr)
	}
}
