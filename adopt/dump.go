package adopt

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
)

// dump returns the definitions of a database as pg_dump writes them.
func (a *Adopter) dump(ctx context.Context, database string, args ...string) (string, error) {
	program, err := pgDump()
	if err != nil {
		return "", err
	}
	env, err := a.environ(database)
	if err != nil {
		return "", err
	}
	args = append([]string{"--schema-only", "--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions",
		"--no-tablespaces", "--no-security-labels", "--encoding=UTF8", "--lock-wait-timeout=30s"}, args...)
	cmd := exec.CommandContext(ctx, program, args...)
	var out, errs bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("pg_dump: %w: %s", err, strings.TrimSpace(errs.String()))
	}
	return withoutCommands(out.String()), nil
}

// pgDump finds the program, on the PATH or beside an installed server.
func pgDump() (string, error) {
	if path, err := exec.LookPath("pg_dump"); err == nil {
		return path, nil
	}
	found, err := pglocal.Find()
	if err != nil {
		return "", fmt.Errorf("pg_dump is needed to read the definitions; install PostgreSQL's client programs: %w", err)
	}
	return found.Program("pg_dump"), nil
}

// withoutCommands leaves out the two lines with which newer versions of pg_dump keep
// psql from reading commands in a dump.
func withoutCommands(dump string) string {
	var b strings.Builder
	for line := range strings.Lines(dump) {
		if !strings.HasPrefix(line, `\restrict `) && !strings.HasPrefix(line, `\unrestrict `) {
			b.WriteString(line)
		}
	}
	return b.String()
}
