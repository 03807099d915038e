//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package pglocal

import "syscall"

// dieWithUs: these systems have no signal for it; [Cluster.Stop] is the only way.
func dieWithUs(*syscall.SysProcAttr, syscall.Signal) {}

func serves(pid int, _ string) bool { return alive(pid) }

func memory() []string { return nil }
