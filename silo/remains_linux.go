package silo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clear ends what is left of a stack's programs: the kernel ends a program with its
// supervisor, but not what a shell in between has started, nor what left its group.
// Nothing may run that the stack's supervisor knows.
func (p place) clear(ctx context.Context) error {
	const patience = 5 * time.Second
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
			if p.signal(signal) == 0 {
				return nil
			}
			if err := pause(ctx, tick); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("processes of the silo in %s cannot be ended", p)
}

// signal sends one to all processes of the stack, and returns how many there are. A
// process is held before it is looked at: its number may be another's any time.
func (p place) signal(signal syscall.Signal) (found int) {
	numbers, _ := filepath.Glob("/proc/[0-9]*")
	mark := p.mark()
	for _, path := range numbers {
		pid, _ := strconv.Atoi(filepath.Base(path))
		if pid == os.Getpid() || !has(path, mark) {
			continue
		}
		process, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		if has(path, mark) && !errors.Is(process.Signal(signal), os.ErrProcessDone) {
			found++
		}
		_ = process.Release()
	}
	return found
}

// has reports whether a process was begun with an entry in its environment.
func has(path, entry string) bool {
	environ, err := os.ReadFile(filepath.Join(path, "environ"))
	return err == nil && slices.Contains(strings.Split(string(environ), "\x00"), entry)
}
