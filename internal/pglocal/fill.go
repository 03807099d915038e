package pglocal

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
)

const superuser = "postgres"

// ready leaves the home with a whole cluster that no server uses.
func (h *home) ready(ctx context.Context, as account, with Installation, throwaway bool) error {
	if h.major() != "" {
		if err := h.refuseLive(ctx); err != nil {
			return err
		}
		return as.canEnter(ctx, h.dir)
	}
	if err := h.begin(as); err != nil {
		return &DirError{Dir: h.dir, Reason: fmt.Sprintf("cannot be prepared: %v", err), Err: err}
	}
	if err := as.canEnter(ctx, h.dir); err != nil {
		return err
	}
	return h.fill(ctx, as, with, throwaway)
}

// fill makes the cluster. A mark stays until all of it is written, so that a start
// after kill -9 begins again.
func (h *home) fill(ctx context.Context, as account, with Installation, throwaway bool) error {
	from, release, err := template(ctx, as, with)
	if err != nil {
		return err
	}
	defer release()
	if err := copyTree(h.dir, from, as); err != nil {
		return err
	}
	if !throwaway {
		if err := h.secure(ctx, as, with); err != nil {
			return err
		}
		if err := syncTree(h.dir); err != nil {
			return err
		}
	}
	return os.Remove(h.path(incompleteName))
}

func (h *home) begin(as account) error {
	if err := h.clear(); err != nil {
		return err
	}
	if err := os.WriteFile(h.path(incompleteName), nil, 0o600); err != nil {
		return err
	}
	if err := os.Chmod(h.dir, 0o700); err != nil {
		return err
	}
	return as.own(h.dir)
}

// secure gives the superuser a password and asks everybody for one.
func (h *home) secure(ctx context.Context, as account, with Installation) error {
	password := newPassword()
	if err := h.write(as, passwordName, password+"\n"); err != nil {
		return err
	}
	if err := h.write(as, "pg_hba.conf", "local all all scram-sha-256\nhost all all samehost scram-sha-256\n"); err != nil {
		return err
	}
	cmd := as.command(ctx, with.Program("postgres"), "--single", "-D", h.dir, "-c", "fsync=off", "-c", "password_encryption=scram-sha-256", "template1") // synced below, all at once
	cmd.Stdin = strings.NewReader("ALTER ROLE " + superuser + " PASSWORD '" + password + "';\n")                                                         // not an argument: those are visible to all
	out, err := run(cmd)
	if err != nil {
		return fmt.Errorf("set the superuser's password: %w\n%s", err, lastLines(out))
	}
	return nil
}

// write replaces one file of the cluster, for the owner's eyes only.
func (h *home) write(as account, name, content string) error {
	file, err := os.OpenFile(h.path(name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.WriteString(content); err != nil {
		return err
	}
	return as.own(h.path(name))
}

// password is "" for a cluster that asks for none.
func (h *home) password() (string, error) {
	content, err := os.ReadFile(h.path(passwordName))
	if os.IsNotExist(err) {
		return "", nil
	}
	return strings.TrimSpace(string(content)), err
}

// newPassword is 128 random bits.
func newPassword() string {
	var bits [16]byte
	rand.Read(bits[:]) // never fails: crypto/rand says so
	return hex.EncodeToString(bits[:])
}
