package pglocal

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// dieWithUs lets the kernel stop the child when the thread that started it ends.
// The starter therefore keeps its goroutine locked to that thread.
func dieWithUs(attributes *syscall.SysProcAttr, signal syscall.Signal) {
	attributes.Pdeathsig = signal
}

// serves says whether process pid is a server of this data directory and not
// another process that got the number later: a server works inside its directory.
func serves(pid int, dir string) bool {
	if !alive(pid) {
		return false
	}
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return true // not ours to look at: believe the file
	}
	real, err := filepath.EvalSymlinks(dir)
	return err != nil || cwd == real
}
