package pglocal

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// pidFile is what a running server writes into its data directory.
type pidFile struct {
	pid    int
	port   int
	status string // "starting", "ready", "stopping" …
}

// readPidFile returns the zero value where there is none: a server writes it in
// steps, so a part of it is not an error either.
func readPidFile(dir string) pidFile {
	content, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		return pidFile{}
	}
	lines := strings.Split(string(content), "\n")
	line := func(n int) string {
		if n < len(lines) {
			return strings.TrimSpace(lines[n])
		}
		return ""
	}
	pid, _ := strconv.Atoi(line(0)) // 0 for a half-written number: no server yet
	port, _ := strconv.Atoi(line(3))
	return pidFile{pid: pid, port: port, status: line(7)}
}
