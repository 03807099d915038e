package pglocal

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
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

// memory returns where files are kept in memory, if there is room for a cluster.
func memory() []string {
	const (
		root = "/dev/shm"
		room = 4 << 30
	)
	var fs unix.Statfs_t
	if unix.Statfs(root, &fs) != nil || fs.Type != unix.TMPFS_MAGIC || fs.Bavail*uint64(fs.Bsize) < room {
		return nil
	}
	return []string{root}
}
