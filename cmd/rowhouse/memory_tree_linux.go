package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// treeMemory measures what processes and all their descendants have for themselves: what
// is theirs alone, and the memory that they share with each other, such as a database
// server's buffers. Programs and files, which others share, are not in it.
func treeMemory(roots func(context.Context) ([]int, error)) func(context.Context) (int64, error) {
	return func(ctx context.Context) (total int64, err error) {
		pids, err := roots(ctx)
		if err != nil {
			return 0, err
		}
		children, err := childrenOf()
		if err != nil {
			return 0, err
		}
		for ; len(pids) > 0; pids = pids[1:] {
			pids = append(pids, children[pids[0]]...)
			bytes, err := proportional(pids[0])
			if gone(err) {
				continue
			}
			if err != nil {
				return 0, err
			}
			total += bytes
		}
		return total, nil
	}
}

// childrenOf are the children of each process that has some.
func childrenOf() (map[int][]int, error) {
	all, err := filepath.Glob("/proc/[0-9]*/status")
	children := map[int][]int{}
	for _, path := range all {
		if pid, parent, err := family(path); err == nil { // else it has ended
			children[parent] = append(children[parent], pid)
		}
	}
	return children, err
}

// proportional is a process's part of the memory that no file holds: what several share
// is divided among them.
func proportional(pid int) (total int64, err error) {
	path := fmt.Sprintf("/proc/%d/smaps_rollup", pid)
	fields, err := status(path)
	if err != nil {
		return 0, err
	}
	for _, name := range []string{"Pss_Anon", "Pss_Shmem"} {
		kilobytes, err := strconv.ParseInt(strings.TrimSuffix(fields[name], " kB"), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: %s: %w", path, name, err)
		}
		total += 1024 * kilobytes
	}
	return total, nil
}

// gone reports whether a process ended before it could be looked at.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) }
