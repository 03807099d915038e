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
	open  map[string]*door
	first string // the address that proxies knew before anything slept
	under sync.WaitGroup
}

// door is an address at which a porter stands.
type door struct {
	net.Listener
	leave context.CancelFunc // ends who came through it
	last  atomic.Int64       // when somebody came, or it was opened
}

// mostDoors bounds at how many addresses a porter stands: an application that sleeps
// every night is elsewhere every morning.
const mostDoors = 16

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
		p.open, p.first = map[string]*door{}, address
	}
	var failed error
	if len(p.open) == mostDoors {
		failed = p.closeOne()
	}
	ctx, leave := context.WithCancel(ctx)
	opened := &door{Listener: listener, leave: leave}
	opened.used()
	p.open[address] = opened
	p.under.Go(func() { p.accept(ctx, opened) })
	return failed
}

// closeOne closes the door through which nobody came for longest, other than the first.
func (p *Porter) closeOne() error {
	var oldest string
	for address, door := range p.open {
		if address != p.first && (oldest == "" || door.last.Load() < p.open[oldest].last.Load()) {
			oldest = address
		}
	}
	unused := p.open[oldest]
	delete(p.open, oldest)
	unused.leave()
	return unused.Close()
}

func (p *Porter) stands(address string) bool {
	p.doors.Lock()
	defer p.doors.Unlock()
	return p.open[address] != nil
}

func (d *door) used() { d.last.Store(time.Now().UnixNano()) }

// Rest has do put the application to sleep that is at address, and stands there as soon
// as it has left, which may be long before do returns. Who connects meanwhile waits, and
// wakes it again.
func (p *Porter) Rest(ctx context.Context, address string, do func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	leaving, left := context.WithCancel(ctx)
	var early sync.WaitGroup
	early.Go(func() {
		for p.Stand(ctx, address) != nil && pause(leaving, tick) == nil {
		}
	})
	err := do()
	left()
	early.Wait()
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

func (p *Porter) accept(ctx context.Context, through *door) {
	for {
		conn, err := through.Accept()
		if err != nil {
			return // closed
		}
		through.used()
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

// errHere: an address that leads to the porter leads nowhere, for ever.
var errHere = errors.New("the application is said to be where its porter stands")

// awake returns where the application is, once it is there, which is not at gone, nor
// where the porter himself stands by now. One caller wakes it; who waits for that shares
// the outcome.
func (p *Porter) awake(ctx context.Context, gone string) (string, error) {
	before := p.attempts.Load()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.target != gone && !p.stands(p.target):
		return p.target, nil
	case p.attempts.Load() != before && p.failed != nil:
		return "", p.failed
	}
	p.target, p.failed = p.Wake(ctx)
	if p.failed == nil && p.stands(p.target) {
		p.failed = errHere
	}
	if p.failed != nil {
		p.target = ""
	}
	p.attempts.Add(1)
	return p.target, p.failed
}
