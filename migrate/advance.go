package migrate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/isolation"
)

// advance does a job's migrations, as many at a time as group says. What another
// run did first counts as neither done nor failed.
func (r *Runner) advance(ctx context.Context, conn *pgx.Conn, j *job, group func([]*Migration) batch) error {
	wait := patience{}
	for len(j.todo) > 0 {
		b := group(j.todo)
		err := r.apply(ctx, conn, j.target, j.have.count, b)
		if err == nil {
			j.have = j.have.plus(b)
			j.done = append(j.done, b...)
			j.todo = j.todo[len(b):]
			continue
		}
		if err = j.again(ctx, conn, &wait, b[0], err); err != nil {
			err = r.follow(ctx, conn, j, &wait, err)
		}
		if err != nil {
			return j.explain(b[0], err)
		}
	}
	return nil
}

// again prepares the next try where another run or another's lock is the reason for
// the error; otherwise it returns the error.
func (j *job) again(ctx context.Context, conn *pgx.Conn, wait *patience, m *Migration, err error) error {
	if errors.Is(err, isolation.ErrLedgerMoved) {
		return j.refresh(ctx, conn)
	}
	switch state := sqlState(err); state {
	case stateBusy:
		return wait.some(ctx)
	case stateMovedOn:
		return j.refresh(ctx, conn)
	case stateNoLock, stateDeadlock:
		if wait.locks++; m.NoTx || wait.locks >= j.target.limits.tries(state) {
			return wait.gaveUp(err)
		}
		return wait.longer(ctx)
	}
	return err
}

// refresh reads what the target has now.
func (j *job) refresh(ctx context.Context, conn *pgx.Conn) (err error) {
	if j.have, err = j.target.read(ctx, conn); err == nil {
		j.todo = slices.DeleteFunc(slices.Clone(j.todo), func(m *Migration) bool { return j.have.has(m.Version) != j.down })
	}
	return err
}

func (t *target) read(ctx context.Context, conn *pgx.Conn) (applied, error) {
	if t.engine == nil {
		return readOne(ctx, conn, t.key)
	}
	entries, err := t.engine.Entries(ctx, t.tenant)
	return appliedOf(entries), err
}

// explain wraps an error with the target, the file and the line. m is what was
// being done, or nil where it is not known.
func (j *job) explain(m *Migration, err error) error {
	step := &StepError{Target: j.target.label, Err: err}
	if m != nil {
		step.Migration = m.String()
	}
	var f *fault
	if errors.As(err, &f) {
		step.Migration, step.Line, step.Err = f.migration.String(), f.line, f.err
	}
	return step
}

// patience waits for others, longer each time.
type patience struct {
	last  time.Duration
	locks int // tries that ended waiting for a lock
	moves int // tries that found the tenant gone from where the registry has it
}

// some waits for another run, which may be over at any moment.
func (p *patience) some(ctx context.Context) error {
	return p.wait(ctx, 5*time.Millisecond, time.Second)
}

// longer waits for whoever holds a lock. Not all workers come back at once.
func (p *patience) longer(ctx context.Context) error {
	return p.wait(ctx, time.Duration(50+rand.IntN(50))*time.Millisecond, 5*time.Second)
}

func (p *patience) wait(ctx context.Context, least, most time.Duration) error {
	p.last = min(max(2*p.last, least), most)
	select {
	case <-ctx.Done():
		return fmt.Errorf("waiting for others: %w", context.Cause(ctx))
	case <-time.After(p.last):
		return nil
	}
}

func (p *patience) gaveUp(err error) error {
	if p.locks < 2 {
		return err
	}
	var f *fault
	if errors.As(err, &f) { // what stands around it is left out of the message
		return &fault{f.migration, f.line, fmt.Errorf("gave up after %d tries: %w", p.locks, f.err)}
	}
	return fmt.Errorf("gave up after %d tries: %w", p.locks, err)
}
