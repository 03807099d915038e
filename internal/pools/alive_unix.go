//go:build unix

package pools

import (
	"crypto/tls"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// alive reports whether an idle connection is still open, by a look at whether anything
// has arrived on it. It costs no round trip and takes nothing away. What a server has to
// say to an idle client is that it ends, as an error or, where it crashes, as a notice;
// for the sake of the others, which are rare, nothing is lost but a connection.
func alive(conn *pgx.Conn) bool {
	line := conn.PgConn().Conn()
	if encrypted, ok := line.(*tls.Conn); ok {
		line = encrypted.NetConn()
	}
	return silent(line)
}

// silent reports whether a line is open and nothing has arrived on it.
func silent(line net.Conn) bool {
	socket, ok := line.(syscall.Conn)
	if !ok {
		return true // nobody can tell
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return false
	}
	var first [1]byte
	var received error
	// Not Read: that would wait for a reader of the driver's that is waiting already.
	err = raw.Control(func(fd uintptr) {
		_, _, received = syscall.Recvfrom(int(fd), first[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	return err == nil && (received == syscall.EAGAIN || received == syscall.EINTR)
}
