//go:build !unix

package silo

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

func terminate(int) error { return errors.ErrUnsupported }

func killGroup(int) {}

func apart(*exec.Cmd) {}

func (p place) launch(context.Context, []string, []string) error {
	return fmt.Errorf("supervise processes on this system: %w", errors.Join(errors.ErrUnsupported, errNoSupervisor))
}
