package silo

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
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

// A porter does not lead to himself, which would never end: neither where his
// application has left an address and he stands there now, nor where he is told so.
func TestAPorterDoesNotLeadToHimself(t *testing.T) {
	t.Parallel()
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	was, is := httptest.NewServer(hello), httptest.NewServer(hello)
	defer is.Close()
	var woken atomic.Int32
	var own atomic.Value
	porter := &Porter{Wake: func(context.Context) (string, error) {
		switch woken.Add(1) {
		case 1:
			return was.Listener.Addr().String(), nil
		case 2:
			return is.Listener.Addr().String(), nil
		}
		return own.Load().(string), nil
	}}
	own.Store(stand(t, porter))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	defer porter.Close()
	ask := func() error {
		answer, err := client.Get("http://" + own.Load().(string))
		if err == nil {
			err = answer.Body.Close()
		}
		return err
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	was.Close()
	if err := porter.Stand(t.Context(), was.Listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if err := ask(); err != nil || woken.Load() != 2 {
		t.Errorf("after it moved: %v, woken %d times", err, woken.Load())
	}
	is.Close()
	if err := ask(); err == nil || woken.Load() > 4 {
		t.Errorf("where nobody is: %v, woken %d times", err, woken.Load())
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
