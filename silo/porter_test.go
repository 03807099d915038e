package silo_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rowhouse-go/rowhouse/silo"
)

// sleeper is an application that a porter answers for.
type sleeper struct {
	porter  silo.Porter
	address string
	woken   atomic.Int32
	ill     atomic.Bool
	app     atomic.Pointer[httptest.Server] // nil while it sleeps
}

func newSleeper(t *testing.T) *sleeper {
	t.Helper()
	s := &sleeper{}
	s.porter.Wake = func(context.Context) (string, error) {
		if s.ill.Load() {
			return "", errors.New("not today")
		}
		s.woken.Add(1)
		app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
		s.app.Store(app)
		return app.Listener.Addr().String(), nil
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = free.Addr().String()
	if err := errors.Join(free.Close(), s.porter.Stand(t.Context(), s.address), s.porter.Stand(t.Context(), s.address)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.sleep()
		if err := s.porter.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *sleeper) sleep() {
	if app := s.app.Swap(nil); app != nil {
		app.Close()
	}
}

// ask sends a word through the porter and wants it back.
func (s *sleeper) ask(word string) error {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Post("http://"+s.address, "text/plain", strings.NewReader(word))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && string(body) != word {
		err = errors.New("got " + string(body))
	}
	return err
}

// However many come at once, all are answered, and the application is woken once.
func TestWhoeverComesWakesTheApplication(t *testing.T) {
	t.Parallel()
	s := newSleeper(t)
	for round := int32(1); round <= 2; round++ {
		var visitors sync.WaitGroup
		for range 30 {
			visitors.Go(func() {
				if err := s.ask("hello"); err != nil {
					t.Error(err)
				}
			})
		}
		visitors.Wait()
		if n := s.woken.Load(); n != round {
			t.Errorf("woken %d times in %d rounds", n, round)
		}
		if err := s.porter.Rest(func() error { s.sleep(); return nil }); err != nil {
			t.Fatal(err)
		}
	}
}

// One that cannot be woken looks like one that is down; the next visitor tries again.
func TestAnApplicationThatCannotBeWoken(t *testing.T) {
	t.Parallel()
	s := newSleeper(t)
	s.ill.Store(true)
	if err := s.ask("hello"); err == nil {
		t.Error("somebody answered")
	}
	s.ill.Store(false)
	if err := s.ask("hello"); err != nil {
		t.Error(err)
	}
}

// An application that has moved is found where it is now.
func TestAnApplicationThatHasMoved(t *testing.T) {
	t.Parallel()
	s := newSleeper(t)
	for range 2 {
		if err := s.ask("hello"); err != nil {
			t.Error(err)
		}
		s.sleep() // without a word to the porter
	}
	if n := s.woken.Load(); n != 2 {
		t.Errorf("woken %d times", n)
	}
}
