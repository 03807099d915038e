package sqlite

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/rowhouse-go/rowhouse/internal/sqlitefile"
)

// ErrClosed: the homes were closed.
var ErrClosed = errors.New("the homes are closed")

// pool keeps connections open for the next statement. What is in use is bounded by
// slots, and what is open by the same number: room is made by closing the connection
// that has been idle the longest, never one in use.
type pool struct {
	shared string // file to attach
	slots  chan struct{}

	mu     sync.Mutex
	idle   []*handle // the one that was used last is at the end
	open   int
	closed bool
}

func newPool(shared string, most int) *pool {
	return &pool{shared: shared, slots: make(chan struct{}, most)}
}

// acquire returns a connection to a file. The caller gives it back.
func (p *pool) acquire(ctx context.Context, file string) (*handle, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	h, err := p.take(file)
	if h == nil && err == nil {
		h, err = p.fresh(ctx, file)
	}
	if err != nil {
		<-p.slots
		return nil, err
	}
	return h, nil
}

// take returns an idle connection to the file, or nil. Connections to a file that has
// gone from under its name are closed.
func (p *pool) take(file string) (*handle, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	for i, h := range slices.Backward(p.idle) {
		if h.file != file {
			continue
		}
		p.idle = slices.Delete(p.idle, i, i+1)
		if h.same() {
			return h, nil
		}
		p.drop(h)
	}
	return nil, nil
}

// fresh opens a connection and makes room for it.
func (p *pool) fresh(ctx context.Context, file string) (*handle, error) {
	p.mu.Lock()
	for p.open >= cap(p.slots) && len(p.idle) > 0 {
		p.drop(p.idle[0])
		p.idle = slices.Delete(p.idle, 0, 1)
	}
	p.open++
	p.mu.Unlock()
	h, err := p.openFile(ctx, file)
	if err != nil {
		p.mu.Lock()
		p.open--
		p.mu.Unlock()
	}
	return h, err
}

// openFile opens a connection that the pool does not count.
func (p *pool) openFile(ctx context.Context, file string) (*handle, error) {
	shared := p.shared
	if file == shared {
		shared = ""
	}
	return openHandle(ctx, file, shared, sqlitefile.Write)
}

// release takes a connection back. One that is not to be kept is closed.
func (p *pool) release(h *handle, keep bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if keep && !p.closed {
		p.idle = append(p.idle, h)
	} else {
		p.drop(h)
	}
	<-p.slots
}

func (p *pool) drop(h *handle) {
	p.open--
	h.close()
}

// forget closes the idle connections to a file.
func (p *pool) forget(file string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = slices.DeleteFunc(p.idle, func(h *handle) bool {
		if h.file == file {
			p.drop(h)
		}
		return h.file == file
	})
}

// close closes what is idle; what is in use is closed when it comes back.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, h := range p.idle {
		p.drop(h)
	}
	p.idle = nil
}
