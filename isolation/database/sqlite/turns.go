package sqlite

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/sqlitefile"
)

// turns lets the writers of a file inside this program in one after the other, in the
// order in which they came. SQLite lets them try again and again, and some never win.
type turns struct {
	mu    sync.Mutex
	files map[string]*turn
}

type turn struct {
	taken chan struct{}
	users int
}

func newTurns() *turns { return &turns{files: map[string]*turn{}} }

// wait returns when it is this writer's turn. The error is [ErrBusy] after the time
// that SQLite itself would wait.
func (t *turns) wait(ctx context.Context, file string) (done func(), err error) {
	mine := t.join(file)
	timer := time.NewTimer(sqlitefile.Wait)
	defer timer.Stop()
	select {
	case mine.taken <- struct{}{}:
		return func() { <-mine.taken; t.leave(file, mine) }, nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-timer.C:
		err = fmt.Errorf("%w: another transaction of this program writes to it", ErrBusy)
	}
	t.leave(file, mine)
	return nil, err
}

func (t *turns) join(file string) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := t.files[file]
	if mine == nil {
		mine = &turn{taken: make(chan struct{}, 1)}
		t.files[file] = mine
	}
	mine.users++
	return mine
}

func (t *turns) leave(file string, mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.users--; mine.users == 0 {
		delete(t.files, file)
	}
}
