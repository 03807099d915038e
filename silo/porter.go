package silo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Porter answers for an application that sleeps: the first connection wakes it, and
// all are led to where it is then. Nobody is turned away meanwhile.
type Porter struct {
	// Wake brings the application up and returns its address, which may be another one
	// than the porter's.
	Wake func(ctx context.Context) (address string, err error)

	mu       sync.Mutex
	target   string // where the application is; empty while it sleeps
	failed   error  // what the last attempt to wake it ended with
	attempts atomic.Int64

	doors sync.Mutex // taken also while the application is being woken
	open  map[string]door
	under sync.WaitGroup
}

// door is an address at which a porter stands.
type door struct {
	net.Listener
	leave context.CancelFunc // ends who came through it
}

// Stand listens where the application was. An address at which the porter stands
// already is no error.
func (p *Porter) Stand(ctx context.Context, address string) error {
	p.doors.Lock()
	defer p.doors.Unlock()
	if _, stands := p.open[address]; stands {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("answer for a sleeping silo: %w", err)
	}
	if p.open == nil {
		p.open = map[string]door{}
	}
	ctx, leave := context.WithCancel(ctx)
	p.open[address] = door{listener, leave}
	p.under.Go(func() { p.accept(ctx, listener) })
	return nil
}

// Rest has do put the application to sleep. Who connects meanwhile waits, and wakes it
// again.
func (p *Porter) Rest(do func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	err := do()
	if err == nil {
		p.target = ""
	}
	return err
}

// Close stops answering and ends all connections, also of those who wait.
func (p *Porter) Close() error {
	p.doors.Lock()
	var failures []error
	for _, door := range p.open {
		door.leave()
		failures = append(failures, door.Close())
	}
	p.open = nil
	p.doors.Unlock()
	p.under.Wait()
	return errors.Join(failures...)
}

func (p *Porter) accept(ctx context.Context, listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return // closed
		}
		p.under.Go(func() { p.lead(ctx, conn) })
	}
}

// lead connects a visitor with the application. One that cannot be woken looks like one
// that is down.
func (p *Porter) lead(ctx context.Context, visitor net.Conn) {
	defer visitor.Close()
	app, err := p.reach(ctx)
	if err != nil {
		return
	}
	defer app.Close()
	defer context.AfterFunc(ctx, func() { visitor.Close(); app.Close() })()
	var up sync.WaitGroup
	up.Go(func() { pour(app, visitor) })
	pour(visitor, app)
	_ = visitor.SetReadDeadline(time.Now().Add(parting))
	up.Wait()
}

// parting is how long a visitor may go on talking to an application that has said all.
const parting = 5 * time.Second

// reach connects to the application. Where it is not at its last address any more, it
// is asked for once more.
func (p *Porter) reach(ctx context.Context) (net.Conn, error) {
	var dialer net.Dialer
	target, err := p.awake(ctx, "")
	if err != nil {
		return nil, err
	}
	app, err := dialer.DialContext(ctx, "tcp", target)
	if err == nil || ctx.Err() != nil {
		return app, err
	}
	if target, err = p.awake(ctx, target); err != nil {
		return nil, err
	}
	return dialer.DialContext(ctx, "tcp", target)
}

// pour copies until the source ends, and says so to the other side. What that does not
// want is read all the same: a connection that is closed over unread words takes back
// the answer.
func pour(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, from)
}

// awake returns where the application is, once it is there, which is not at gone. One
// caller wakes it; who waits for that shares the outcome.
func (p *Porter) awake(ctx context.Context, gone string) (string, error) {
	before := p.attempts.Load()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.target != gone:
		return p.target, nil
	case p.attempts.Load() != before && p.failed != nil:
		return "", p.failed
	}
	p.target, p.failed = p.Wake(ctx)
	if p.failed != nil {
		p.target = ""
	}
	p.attempts.Add(1)
	return p.target, p.failed
}
