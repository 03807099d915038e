//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package pglocal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// Signals of PostgreSQL's postmaster.
const (
	fastShutdown      = syscall.SIGINT  // roll back, write everything, end
	immediateShutdown = syscall.SIGQUIT // end now; recovery at the next start
)

// processAttributes gives the server its own process group, so that a Ctrl-C in the
// terminal reaches us and not the server under us.
func processAttributes(a account) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if a.drop {
		attributes.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	dieWithUs(attributes, fastShutdown)
	return attributes
}

// Lock takes a file for as long as this process lives: the kernel frees it after
// kill -9 too. It is an [ErrInUse] where somebody else has it.
func Lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrInUse
	}
	return nil, fmt.Errorf("lock %s: %w", path, err)
}

// Held reports whether somebody has the file by [Lock]; one that is not there nobody
// has. Looking keeps nobody else from looking, and who wants the lock for a moment only.
func Held(path string) (bool, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

// alive says whether a process with this id exists, whoever owns it.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// killGroup ends a server and its children the hard way.
func killGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }

// ownerOf is the user id that owns a file, or -1.
func ownerOf(path string) int {
	info, err := os.Stat(path)
	if err != nil {
		return -1
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return -1
}
