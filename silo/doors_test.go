package silo

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
)

// A porter does not stand where his application was long ago, unless somebody still
// comes there.
func TestAPorterStandsWhereSomebodyComes(t *testing.T) {
	t.Parallel()
	porter := &Porter{Wake: func(context.Context) (string, error) { return "", errors.New("not today") }}
	first, proxys := stand(t, porter), stand(t, porter)
	for range 2 * mostDoors {
		stand(t, porter)
		conn, err := net.Dial("tcp", proxys)
		if err != nil {
			t.Fatalf("where the proxy comes nobody stands: %v", err)
		}
		_, _ = io.ReadAll(conn) // he hangs up when he has seen the visitor
		_ = conn.Close()
	}
	if porter.open[first] == nil {
		t.Error("he has left where he stood first")
	}
	if n := len(porter.open); n != mostDoors {
		t.Errorf("he stands at %d addresses, want %d", n, mostDoors)
	}
	if err := porter.Close(); err != nil {
		t.Error(err)
	}
}

// stand has a porter stand at a new address. One that was free a moment ago may be
// somebody's by now: then it is another.
func stand(t *testing.T, porter *Porter) string {
	t.Helper()
	for {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := free.Addr().String()
		err = errors.Join(free.Close(), porter.Stand(t.Context(), address))
		if err == nil {
			return address
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatal(err)
		}
	}
}
