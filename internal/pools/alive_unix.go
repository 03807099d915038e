//go:build unix

package pools

import (
	"crypto/tls"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// alive reports whether an idle connection is still open, by a look at what has
// arrived on it. It costs no round trip and takes nothing away.
func alive(conn *pgx.Conn) bool {
	line := conn.PgConn().Conn()
	encrypted, isTLS := line.(*tls.Conn)
	if isTLS {
		line = encrypted.NetConn()
	}
	arrived, ended := peek(line)
	// What a server has to say to an idle client is its end (E), or a notice. What is
	// encrypted cannot be told apart: another connection does as well.
	return !ended && (arrived == 0 || !isTLS && arrived != 'E')
}

// peek returns the first byte that has arrived, or 0, and whether the line has ended.
func peek(line net.Conn) (arrived byte, ended bool) {
	socket, ok := line.(syscall.Conn)
	if !ok {
		return 0, false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, true
	}
	var first [1]byte
	n, received := 0, error(nil)
	// Not Read: that would wait for a reader of the driver's that is waiting already.
	err = raw.Control(func(fd uintptr) {
		n, _, received = syscall.Recvfrom(int(fd), first[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	if received == syscall.EAGAIN || received == syscall.EINTR {
		return 0, err != nil
	}
	return first[0], err != nil || received != nil || n <= 0
}
