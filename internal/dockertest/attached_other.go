//go:build !linux

package dockertest

import "os/exec"

// attached only runs the program: there are no namespaces here, and unshare says so.
func attached(cmd *exec.Cmd) error { return cmd.Run() }
