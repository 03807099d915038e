package pools

import "time"

// watchIdle has pools that nobody uses closed after a while. The watching ends with
// the last pool.
func (s *shelf) watchIdle() {
	if s.reaper == nil {
		s.reaper = time.AfterFunc(s.server.DatabaseIdle, s.reap)
	}
}

func (s *shelf) reap() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reaper = nil
	if s.closed {
		return
	}
	for _, p := range s.open {
		if p.uses == 0 && time.Since(p.last) >= s.server.DatabaseIdle {
			s.stats.Reaped++
			s.remove(p)
		}
	}
	if len(s.open) > 0 {
		s.reaper = time.AfterFunc(s.server.DatabaseIdle/2, s.reap)
	}
}

// Stats are the gauges and counters of the pools of databases.
type Stats struct {
	Open    int   // pools that are open
	InUse   int   // of those: with connections that somebody holds or waits for
	Waiting int   // callers that wait for a pool
	Opened  int64 // pools that were opened so far
	Evicted int64 // pools that were closed for others
	Reaped  int64 // pools that were closed because nobody used them
	Waits   int64 // callers that had to wait for a pool
	Beyond  int64 // pools that were opened beyond the bound, after waiting in vain
}

func (s *shelf) statistics() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.stats
	now.Open, now.Waiting = len(s.open), len(s.queue)
	for _, p := range s.open {
		if p.uses > 0 {
			now.InUse++
		}
	}
	return now
}

func (s Stats) plus(o Stats) Stats {
	return Stats{
		Open: s.Open + o.Open, InUse: s.InUse + o.InUse, Waiting: s.Waiting + o.Waiting,
		Opened: s.Opened + o.Opened, Evicted: s.Evicted + o.Evicted, Reaped: s.Reaped + o.Reaped,
		Waits: s.Waits + o.Waits, Beyond: s.Beyond + o.Beyond,
	}
}
