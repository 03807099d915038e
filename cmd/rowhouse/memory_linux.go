package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
)

// ownMemory measures the anonymous memory of a process and its children; 0 stands for
// this process alone. What processes share is not in it.
func ownMemory(pid func() int) func(context.Context) (int64, error) {
	return func(context.Context) (int64, error) {
		server := pid()
		if server == 0 {
			debug.FreeOSMemory() // what nobody uses any more is not needed
			return anonymous("/proc/self/status")
		}
		var total int64
		all, err := filepath.Glob("/proc/[0-9]*/status")
		if err != nil {
			return 0, err
		}
		for _, path := range all {
			if own, parent, err := family(path); err != nil || own != server && parent != server {
				continue // ended meanwhile, or somebody else's
			}
			if n, err := anonymous(path); err == nil {
				total += n
			}
		}
		return total, nil
	}
}

func family(path string) (pid, parent int, err error) {
	fields, err := status(path)
	if err != nil {
		return 0, 0, err
	}
	pid, err = strconv.Atoi(fields["Pid"])
	if err != nil {
		return 0, 0, err
	}
	parent, err = strconv.Atoi(fields["PPid"])
	return pid, parent, err
}

func anonymous(path string) (int64, error) {
	fields, err := status(path)
	if err != nil {
		return 0, err
	}
	kilobytes, err := strconv.ParseInt(strings.TrimSuffix(fields["RssAnon"], " kB"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: RssAnon: %w", path, err)
	}
	return 1024 * kilobytes, nil
}

// status reads the lines "name: value" of a process.
func status(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		fields[name] = strings.TrimSpace(value)
	}
	return fields, nil
}
