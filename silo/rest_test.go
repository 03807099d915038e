package silo

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Where an application takes its time to go to sleep, as one whose database server has
// much to write, nobody who comes after it has left is turned away.
func TestWhoComesWhileTheApplicationGoesToSleep(t *testing.T) {
	t.Parallel()
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	first, second := httptest.NewServer(hello), httptest.NewServer(hello)
	defer second.Close()
	porter := &Porter{Wake: func(context.Context) (string, error) { return second.Listener.Addr().String(), nil }}
	defer porter.Close()
	address := first.Listener.Addr().String()
	var visitor net.Conn
	err := porter.Rest(t.Context(), address, func() (err error) {
		first.Close()
		for deadline := time.Now().Add(20 * time.Second); !porter.stands(address); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				return errors.New("nobody stands there")
			}
		}
		visitor, err = net.Dial("tcp", address)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer visitor.Close()
	if _, err := io.WriteString(visitor, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(visitor); err != nil || !strings.HasSuffix(string(answer), "hello") {
		t.Errorf("answered %q, %v", answer, err)
	}
}
