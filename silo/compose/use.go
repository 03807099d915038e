package compose

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// Who asks an application is seen from inside its container: the kernel counts the
// connections that were accepted there, and one of them is the health check's own.

// useFile is in memory that each container has, whatever its user may write.
const useFile = "/dev/shm/rowhouse-used"

// use is what the health checks of a container know about its use.
type use struct {
	accepted uint64 // connections, when the last check was done
	last     time.Time
}

// Check runs ask, a health check, inside a container, and writes when somebody else
// last asked, for [Stacks.LastUse]. Where that cannot be known it says so, and the
// application is no worse for it.
func Check(w io.Writer, ask func() error) error {
	u, err := readUse()
	if err == nil {
		err = u.look()
	}
	failed := ask()
	if err == nil {
		err = u.write()
	}
	if err != nil {
		fmt.Fprintln(w, "the last use is not known:", err)
	} else {
		fmt.Fprintln(w, u)
	}
	return failed
}

// readUse returns what the last check knew; before the first one, that the container
// is used now.
func readUse() (*use, error) {
	text, err := os.ReadFile(useFile)
	if errors.Is(err, fs.ErrNotExist) {
		accepted, err := accepted()
		return &use{accepted, time.Now()}, err
	}
	if err != nil {
		return nil, err
	}
	var u use
	var unix int64
	if _, err := fmt.Sscan(string(text), &u.accepted, &unix); err != nil {
		return nil, fmt.Errorf("%s: %w", useFile, err)
	}
	u.last = time.Unix(unix, 0)
	return &u, nil
}

// look finds out whether somebody asked since the last check, or is asking.
func (u *use) look() error {
	now, err := accepted()
	if err != nil {
		return err
	}
	open, err := visitors()
	if now > u.accepted || open {
		u.last = time.Now()
	}
	u.accepted = now
	return err
}

// write is for the next check. The connection of this one does not count.
func (u *use) write() error {
	now, err := accepted()
	if err != nil {
		return err
	}
	u.accepted = min(now, u.accepted+1)
	return os.WriteFile(useFile, fmt.Appendln(nil, u.accepted, u.last.Unix()), private)
}

// String is what [lastUse] reads from the check's output.
func (u *use) String() string { return usedPrefix + u.last.UTC().Format(time.RFC3339) }

const usedPrefix = "last used "

// lastUse finds the time in what a health check printed.
func lastUse(output string) (time.Time, bool) {
	for line := range strings.Lines(output) {
		if text, ok := strings.CutPrefix(line, usedPrefix); ok {
			at, err := time.Parse(time.RFC3339, strings.TrimSpace(text))
			return at, err == nil
		}
	}
	return time.Time{}, false
}

// accepted is how many connections were accepted in this network namespace.
func accepted() (uint64, error) {
	const path = "/proc/net/snmp"
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var names []string
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		if len(fields) == 0 || fields[0] != "Tcp:" {
			continue
		}
		if names == nil {
			names = fields
			continue
		}
		for i, name := range names {
			if name == "PassiveOpens" && i < len(fields) {
				return strconv.ParseUint(fields[i], 10, 64)
			}
		}
	}
	return 0, fmt.Errorf("%s: no count of accepted connections", path)
}

// visitors reports whether a connection to the application is open that does not come
// from inside the container.
func visitors() (bool, error) {
	for _, path := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // without IPv6
		}
		if err != nil {
			return false, err
		}
		for line := range strings.Lines(string(text)) {
			if isVisitor(strings.Fields(line)) {
				return true, nil
			}
		}
	}
	return false, nil
}

// isVisitor reads a line of /proc/net/tcp or tcp6: number, local and remote address as
// hexadecimal words, state.
func isVisitor(fields []string) bool {
	const (
		established = "01"
		port        = ":1F40"    // 8000
		loopback4   = "0100007F" // 127.0.0.1, also at the end of ::ffff:127.0.0.1
		loopback6   = "00000000000000000000000001000000"
	)
	if len(fields) < 4 || fields[3] != established || !strings.HasSuffix(fields[1], port) {
		return false
	}
	from, _, _ := strings.Cut(fields[2], ":")
	return !strings.HasSuffix(from, loopback4) && from != loopback6
}
