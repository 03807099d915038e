package registry

import (
	"log/slog"
	"sync/atomic"
	"time"
)

// health keeps a registry that does not answer from being asked for each request.
type health struct {
	retry  time.Duration
	log    *slog.Logger
	notify func(error)
	down   atomic.Int64 // 0, or when to ask again, since the start of the cache
}

func (h *health) isDown() bool { return h.down.Load() != 0 }

// ask reports whether it is time to ask a registry that is down again. It says so
// to one caller in each interval.
func (h *health) ask(now time.Duration) bool {
	next := h.down.Load()
	return int64(now) >= next && h.down.CompareAndSwap(next, int64(now+h.retry))
}

// note records how a question went.
func (h *health) note(err error, now time.Duration) {
	if !outage(err) {
		if h.down.Load() != 0 && h.down.Swap(0) != 0 {
			h.log.Info("the registry answers again")
			h.tell(nil)
		}
		return
	}
	if h.down.Swap(int64(now+h.retry)) == 0 {
		h.log.Warn("the registry does not answer; known tenants are served from memory", "error", err)
		h.tell(err)
	}
}

func (h *health) tell(err error) {
	if h.notify != nil {
		h.notify(err)
	}
}
