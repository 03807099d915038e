//go:build unix && !linux

package silo

import "syscall"

// dieWithUs: these systems have no signal for it. A new supervisor gives the
// application another port while the old one lives.
func dieWithUs(*syscall.SysProcAttr) {}
