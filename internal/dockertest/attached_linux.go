package dockertest

import (
	"os/exec"
	"runtime"
	"syscall"
)

// attached runs a program that ends when we do, even if we are killed.
func attached(cmd *exec.Cmd) error {
	runtime.LockOSThread() // the program would end with the thread that started it
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd.Run()
}
