package silo

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
)

// inspector is where supervisors ask from: every address that begins with 127 is this
// machine's, and visitors use the first one.
func inspector() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)} }

// visited reports whether somebody other than a supervisor is connected with an
// application of this machine, or was in the last minute: for so long the kernel
// remembers a connection that has ended.
func visited(address string) (bool, error) {
	port := fmt.Sprintf(":%04X", portOf(address))
	for _, path := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // without IPv6
		}
		if err != nil {
			return false, err
		}
		for line := range strings.Lines(string(text)) {
			if isVisit(strings.Fields(line), port) {
				return true, nil
			}
		}
	}
	return false, nil
}

// isVisit reads a line of /proc/net/tcp or tcp6: number, local and remote address as
// hexadecimal words, state. A connection within this machine is in it from both sides;
// the side that ended it stays for a minute.
func isVisit(fields []string, port string) bool {
	const (
		listening = "0A"
		own       = "0200007F" // 127.0.0.2, also at the end of ::ffff:127.0.0.2
		loopback  = "0100007F"
	)
	if len(fields) < 4 || fields[3] == listening {
		return false
	}
	local, _, _ := strings.Cut(fields[1], ":")
	remote, _, _ := strings.Cut(fields[2], ":")
	switch {
	case strings.HasSuffix(fields[1], port):
		return !strings.HasSuffix(remote, own)
	case strings.HasSuffix(fields[2], loopback+port):
		return !strings.HasSuffix(local, own)
	}
	return false
}
