package compose

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"slices"

	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Status implements [silo.Runtime]. It asks the application itself only where Docker
// does not know how it is: being looked at is no use.
func (r *Stacks) Status(ctx context.Context, id tenant.ID) (silo.State, error) {
	p := r.place(id)
	if _, err := os.Stat(p.path(portsFile)); errors.Is(err, fs.ErrNotExist) {
		return silo.State{Phase: silo.Stopped}, nil
	}
	at, err := p.ports()
	if err != nil {
		return silo.State{}, fmt.Errorf("silo status: %w", err)
	}
	now, err := look(ctx, id)
	if err != nil {
		return silo.State{}, fmt.Errorf("silo status: %w", cmp.Or(answers(ctx), err))
	}
	state := now.state(at)
	if state.Phase == silo.Waiting {
		if err := silo.Healthy(ctx, state.Upstream, now.of(web).Config.Labels[healthLabel]); err != nil {
			state.Error = err.Error()
		} else {
			state.Phase = silo.Running
		}
	}
	return state, nil
}

// URL returns the database of a stack that is up, as its owner connects to it. The
// password in it comes from the stack's directory.
func (r *Stacks) URL(ctx context.Context, id tenant.ID) (string, error) {
	state, err := r.Status(ctx, id)
	if err != nil {
		return "", err
	}
	if state.Database == "" || state.Phase == silo.Starting || state.Phase == silo.Preparing {
		return "", fmt.Errorf("the silo %s is %s: %w", id, state.Phase, silo.ErrDown)
	}
	return silo.OwnerURL(state.Database, r.place(id).path(hostPass))
}

// Log writes the end of one of a stack's logs to w, at most so many bytes, in whole
// lines. A log that does not exist yet is empty.
func (r *Stacks) Log(w io.Writer, id tenant.ID, name string, most int64) error {
	ctx := context.Background() // ends with what is there
	if !slices.Contains(r.LogNames(), name) {
		return fmt.Errorf("no log is called %q", name)
	}
	now, err := look(ctx, id)
	if err != nil || now.of(name).ID == "" {
		return err
	}
	text, err := logOf(ctx, now.of(name))
	if err != nil {
		return err
	}
	if extra := len(text) - int(most); extra > 0 {
		text = text[extra:]
		text = text[bytes.IndexByte(text, '\n')+1:]
	}
	_, err = w.Write(text)
	return err
}

// logOf is the end of what a container said on both of its outputs.
func logOf(ctx context.Context, c container) ([]byte, error) {
	const lines = "400"
	return exec.CommandContext(ctx, "docker", "logs", "--tail", lines, c.ID).CombinedOutput()
}

// tail is the end of a log for a message.
func (r *Stacks) tail(ctx context.Context, c container) string {
	text, err := logOf(ctx, c)
	if err != nil {
		return err.Error()
	}
	return ending(text)
}
