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
	"syscall"
	"testing"
	"time"

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
		if err := s.porter.Rest(t.Context(), s.app.Load().Listener.Addr().String(), func() error { s.sleep(); return nil }); err != nil {
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

// word is an application that says a word to all who come, whatever they want, and
// hangs up.
func word(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
			_, _ = io.WriteString(conn, "enough")
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// knock stands in front of an application and comes as its visitor.
func knock(t *testing.T, porter *silo.Porter) net.Conn {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := errors.Join(free.Close(), porter.Stand(t.Context(), address)); err != nil {
		t.Fatal(err)
	}
	visitor, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { visitor.Close() })
	if err := visitor.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return visitor
}

// A visitor who hears the application out and then neither speaks nor hangs up is let
// go. Before that, nothing is taken back of what he was told.
func TestAVisitorWhoNeverHangsUp(t *testing.T) {
	t.Parallel()
	address := word(t)
	porter := &silo.Porter{Wake: func(context.Context) (string, error) { return address, nil }}
	visitor := knock(t, porter)
	if heard, err := io.ReadAll(visitor); err != nil || string(heard) != "enough" {
		t.Fatalf("heard %q, %v", heard, err)
	}
	for { // the connection that he holds is ended at the other side
		if _, err := visitor.Write([]byte("?")); errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		time.Sleep(500 * time.Millisecond)
	}
	if err := porter.Close(); err != nil {
		t.Error(err)
	}
}

// An application may answer before it has heard all, and hang up: the visitor is not cut
// off while he speaks, which would take the answer back.
func TestAnAnswerBeforeTheQuestionEnds(t *testing.T) {
	t.Parallel()
	app, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	porter := &silo.Porter{Wake: func(context.Context) (string, error) { return app.Addr().String(), nil }}
	visitor := knock(t, porter)
	conn, err := app.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(conn, "enough")
	if err := errors.Join(err, conn.(*net.TCPConn).CloseWrite()); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(visitor, make([]byte, len("enough"))); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	for range 64 {
		if _, err := visitor.Write(make([]byte, 64<<10)); err != nil {
			t.Fatalf("he was cut off: %v", err)
		}
	}
	if err := porter.Close(); err != nil {
		t.Error(err)
	}
}

// A porter who leaves waits for nobody: not for a visitor who stays, and not for an
// application that does not wake up.
func TestAPorterLeaves(t *testing.T) {
	t.Parallel()
	for name, wake := range map[string]func(context.Context, string) (string, error){
		"a visitor stays": func(_ context.Context, address string) (string, error) { return address, nil },
		"nobody wakes up": func(ctx context.Context, _ string) (string, error) { <-ctx.Done(); return "", ctx.Err() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app, err := net.Listen("tcp", "127.0.0.1:0") // it takes connections and is silent
			if err != nil {
				t.Fatal(err)
			}
			defer app.Close()
			asked := make(chan struct{})
			tell := sync.OnceFunc(func() { close(asked) })
			porter := &silo.Porter{Wake: func(ctx context.Context) (string, error) {
				tell()
				return wake(ctx, app.Addr().String())
			}}
			visitor := knock(t, porter)
			<-asked
			left := make(chan error, 1)
			go func() { left <- porter.Close() }()
			select {
			case err := <-left:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(time.Minute):
				t.Fatal("it is still there")
			}
			if said, _ := io.ReadAll(visitor); len(said) > 0 {
				t.Errorf("the visitor was told %q", said)
			}
		})
	}
}
