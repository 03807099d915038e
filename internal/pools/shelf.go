package pools

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// shelf holds the pools of one server's databases. They are bounded in number: the
// least recently used one that nobody uses is closed for the next.
//
// Where all are in use, a caller waits until one is free, in turn and for
// [Server.DatabaseWait] at most. Then one more is opened, and closed as soon as nobody
// uses it: callers that hold one database's connection while they ask for another's
// must not wait for each other for ever.
type shelf struct {
	server  Server
	mu      sync.Mutex
	open    map[string]*databasePool
	granted int             // slots that were given to waiters and are not taken yet
	queue   []chan struct{} // who waits for a slot, in turn
	reaper  *time.Timer
	closed  bool
	closing sync.WaitGroup
	stats   Stats
}

// databasePool is the pool of one database.
type databasePool struct {
	name   string
	pool   *pgxpool.Pool
	uses   int       // who holds a connection, or waits for one
	last   time.Time // when it was last used
	doomed bool      // to be closed when nobody uses it
}

func newShelf(server Server) *shelf {
	return &shelf{server: server.withDefaults(), open: map[string]*databasePool{}}
}

// acquire borrows a connection to a database. The second result gives it back.
func (s *shelf) acquire(ctx context.Context, database string) (*pgx.Conn, func(), error) {
	p, err := s.lease(ctx, database)
	if err != nil {
		return nil, nil, err
	}
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		s.giveBack(p)
		return nil, nil, err
	}
	return conn.Conn(), func() { conn.Release(); s.giveBack(p) }, nil
}

// lease returns a database's pool, which is not closed before it is given back.
func (s *shelf) lease(ctx context.Context, database string) (*databasePool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if p := s.open[database]; p != nil {
		return p.use(), nil
	}
	if !s.makeRoom() {
		if err := s.wait(ctx); err != nil {
			return nil, err
		}
	}
	if s.closed {
		return nil, ErrClosed
	}
	if p := s.open[database]; p != nil { // somebody was faster
		s.passOn()
		return p.use(), nil
	}
	return s.add(database)
}

func (p *databasePool) use() *databasePool {
	p.uses++
	return p
}

// add opens a pool, without waiting for a connection.
func (s *shelf) add(database string) (*databasePool, error) {
	pool, err := openDatabase(s.server, database)
	if err != nil {
		s.passOn()
		return nil, err
	}
	p := &databasePool{name: database, pool: pool}
	s.open[database] = p
	s.stats.Opened++
	s.watchIdle()
	return p.use(), nil
}

// makeRoom reports whether there is a slot, if need be that of a pool which nobody uses.
func (s *shelf) makeRoom() bool {
	if len(s.open)+s.granted < s.server.Databases {
		return true
	}
	if len(s.open)+s.granted > s.server.Databases { // opened beyond
		return false
	}
	oldest := s.oldestIdle()
	if oldest == nil {
		return false
	}
	s.stats.Evicted++
	s.remove(oldest)
	return true
}

func (s *shelf) oldestIdle() (oldest *databasePool) {
	for _, p := range s.open {
		if p.uses == 0 && (oldest == nil || p.last.Before(oldest.last)) {
			oldest = p
		}
	}
	return oldest
}

// remove closes a pool that nobody uses.
func (s *shelf) remove(p *databasePool) {
	delete(s.open, p.name)
	s.closing.Go(p.pool.Close)
}

// wait returns when it is this caller's turn, or after so long that one pool more is
// opened. The lock is held by the caller, and free meanwhile.
func (s *shelf) wait(ctx context.Context) error {
	turn := make(chan struct{})
	s.queue = append(s.queue, turn)
	s.stats.Waits++
	s.mu.Unlock()
	timer := time.NewTimer(s.server.DatabaseWait)
	defer timer.Stop()
	var err error
	select {
	case <-turn:
	case <-timer.C:
	case <-ctx.Done():
		err = fmt.Errorf("wait for a free pool: %w", context.Cause(ctx))
	}
	s.mu.Lock()
	switch granted := !s.leave(turn); {
	case granted && err != nil:
		s.granted--
		s.passOn()
	case granted:
		s.granted--
	case err == nil:
		s.stats.Beyond++
	}
	return err
}

// leave takes a waiter out of the queue. It is not there any more where it was given
// a slot.
func (s *shelf) leave(turn chan struct{}) bool {
	for i, waiting := range s.queue {
		if waiting == turn {
			s.queue = append(s.queue[:i], s.queue[i+1:]...)
			return true
		}
	}
	return false
}

// passOn gives a free slot to whoever waits the longest.
func (s *shelf) passOn() {
	for len(s.queue) > 0 && s.makeRoom() {
		s.granted++
		close(s.queue[0])
		s.queue = s.queue[1:]
	}
}

// giveBack ends a use.
func (s *shelf) giveBack(p *databasePool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.uses--
	p.last = time.Now()
	if p.uses > 0 || s.open[p.name] != p {
		return
	}
	if p.doomed || len(s.open)+s.granted > s.server.Databases {
		s.remove(p)
	}
	s.passOn()
}

// forget closes the pool of a database that is gone, when nobody uses it.
func (s *shelf) forget(database string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.open[database]
	switch {
	case p == nil:
	case p.uses > 0:
		p.doomed = true
	default:
		s.remove(p)
		s.passOn()
	}
}

func (s *shelf) pools() (open []*pgxpool.Pool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.open {
		open = append(open, p.pool)
	}
	return open
}

// close closes all pools and waits for connections that are in use.
func (s *shelf) close() {
	s.mu.Lock()
	s.closed = true
	for _, p := range s.open {
		s.remove(p)
	}
	for _, turn := range s.queue {
		close(turn)
	}
	s.granted += len(s.queue)
	s.queue = nil
	if s.reaper != nil {
		s.reaper.Stop()
	}
	s.mu.Unlock()
	s.closing.Wait()
}

// openDatabase opens the pool of one database, by the same way as its server's own.
func openDatabase(server Server, database string) (*pgxpool.Pool, error) {
	server.MaxConns = server.DatabaseConns
	config, err := settings(server)
	if err != nil {
		return nil, err
	}
	config.ConnConfig.Database = database
	config.MinConns, config.MinIdleConns = 0, 0 // the URL's are the server's own
	config.MaxConnIdleTime = server.DatabaseIdle
	lendAlive(config) // a fence ends all sessions of its database
	return start(config)
}
