package pglocal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// End ends a server that outlived who started it. The directory may hold anything, or
// not be there.
func End(ctx context.Context, dir string) error {
	const patience = 20 * time.Second
	pid := 0
	for deadline := time.Now().Add(patience); ; {
		file := readPidFile(dir)
		if file.pid == 0 || !serves(file.pid, dir) {
			return nil
		}
		if pid != file.pid && taken(file.port) { // or it is about to end
			pid = file.pid
			if err := tell(pid, fastShutdown); err != nil {
				return fmt.Errorf("end the server in %s: %w", dir, err)
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the server in %s (process %d) does not end", dir, file.pid)
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("end the server in %s: %w", dir, err)
		}
	}
}

func tell(pid int, signal os.Signal) error {
	process, err := os.FindProcess(pid)
	if err == nil {
		err = process.Signal(signal)
	}
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}
