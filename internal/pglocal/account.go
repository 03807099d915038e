package pglocal

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"strings"
)

// account is who the server runs as; the zero value is whoever we are.
type account struct {
	name     string
	uid, gid int
	drop     bool // we are root and must become this account
}

// serverAccount prefers the owner of an existing cluster, then the system's user
// for PostgreSQL, then nobody.
func serverAccount(owner int) (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	if owner > 0 {
		if found, err := user.LookupId(strconv.Itoa(owner)); err == nil {
			return accountOf(found)
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		if found, err := user.Lookup(name); err == nil {
			return accountOf(found)
		}
	}
	return account{}, fmt.Errorf("run PostgreSQL: it refuses to be root, and there is no user postgres or nobody: run as an ordinary user")
}

func accountOf(u *user.User) (account, error) {
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", u.Username, err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", u.Username, err)
	}
	return account{name: u.Username, uid: uid, gid: gid, drop: true}, nil
}

// own gives one file or directory to the account.
func (a account) own(path string) error {
	if !a.drop {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// command is a program of PostgreSQL, run as the account, with nothing of the
// caller's PG* environment.
func (a account) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = "/"
	cmd.Env = append(cleanEnv(os.Environ()), "LC_ALL=C")
	cmd.SysProcAttr = processAttributes(a)
	return cmd
}

// cleanEnv drops what would redirect PostgreSQL's programs: PGDATA, PGPORT, PGOPTIONS …
func cleanEnv(env []string) []string {
	kept := make([]string, 0, len(env))
	for _, entry := range env {
		if !strings.HasPrefix(entry, "PG") && !strings.HasPrefix(entry, "LC_") {
			kept = append(kept, entry)
		}
	}
	return kept
}

// canEnter tries it as the account: modes alone do not tell (lists of access rights,
// security modules).
func (a account) canEnter(ctx context.Context, dir string) error {
	if !a.drop {
		return nil
	}
	probe := a.command(ctx, "/bin/sh", "-c", ":")
	probe.Dir = dir
	if _, err := run(probe); err != nil {
		return &DirError{Dir: dir, Err: fs.ErrPermission, Reason: fmt.Sprintf(
			"cannot be entered by user %s, which the server runs as because PostgreSQL refuses to be root: "+
				"choose a directory outside root's home, or run as an ordinary user (%v)", a.name, err)}
	}
	return nil
}

// run waits for a program and returns what it printed. The thread is kept because on
// Linux the child dies with the thread that started it.
func run(cmd *exec.Cmd) ([]byte, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return cmd.CombinedOutput()
}
