package registry

import (
	"context"
	"log/slog"
	"time"
)

// pollTimeout bounds one question for changes.
const pollTimeout = 5 * time.Second

// poll asks for changes and tells of each once.
type poll struct {
	source Changer
	to     Invalidator
	log    *slog.Logger

	mark   int64           // 0: never asked with success
	seen   map[Change]bool // what the last answer held
	failed bool
}

// once asks one time. After a failure the mark stays, so that nothing is missed.
func (p *poll) once(ctx context.Context) {
	if p.source == nil {
		return
	}
	timed, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	changed, next, err := p.source.Changes(timed, p.mark)
	if err != nil {
		if ctx.Err() == nil && !p.failed {
			p.log.Warn("the registry cannot be asked for changes", "error", err)
		}
		p.failed = true
		return
	}
	p.failed = false
	p.tell(changed, next)
	p.mark = next
}

func (p *poll) tell(changed []Change, next int64) {
	// A mark that went back is that of another cluster, restored or promoted.
	if p.mark == 0 || next < p.mark {
		p.to.InvalidateAll()
		p.seen = nil
		return
	}
	seen := make(map[Change]bool, len(changed))
	for _, c := range changed {
		seen[c] = true
		if !p.seen[c] {
			p.to.Invalidate(c.Tenant)
		}
	}
	p.seen = seen
}
