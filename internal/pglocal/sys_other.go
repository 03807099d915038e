//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package pglocal

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

const (
	fastShutdown      = syscall.SIGINT
	immediateShutdown = syscall.SIGQUIT
)

func processAttributes(account) *syscall.SysProcAttr { return nil }

// Lock refuses: a private cluster cannot be kept safely here, so none is started.
func Lock(string) (*os.File, error) {
	return nil, fmt.Errorf("run a private PostgreSQL on this system: %w: start one yourself and give its URL", errors.ErrUnsupported)
}

// Held is false: nobody has a lock here.
func Held(string) (bool, error) { return false, nil }

func alive(int) bool { return false }

func serves(int, string) bool { return false }

func killGroup(int) error { return errors.ErrUnsupported }

func ownerOf(string) int { return -1 }

func memory() []string { return nil }
