package silo

import "syscall"

// dieWithUs has the kernel end the program when the supervisor is killed.
func dieWithUs(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGTERM }
