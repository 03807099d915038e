package migrate

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// job is the work on one target.
type job struct {
	target *target
	have   applied
	todo   []*Migration
	done   []*Migration
	err    error
	begun  bool
	down   bool // todo is to be taken back
}

// perConn is how many targets a connection visits before it is replaced: a backend
// keeps what it learnt of each, for ever.
const perConn = 150

// work does the jobs, so many at a time. A job's error stays in the job. tell is
// called after each, by one goroutine at a time.
func (r *Runner) work(ctx context.Context, jobs []*job, workers int, do func(context.Context, *pgx.Conn, *job) error, tell func(*job)) {
	queue := make(chan *job, len(jobs))
	for _, j := range jobs {
		queue <- j
	}
	close(queue)
	var (
		group errgroup.Group
		mu    sync.Mutex
	)
	for range min(workers, len(jobs)) {
		group.Go(func() error {
			w := worker{r: r}
			defer w.drop()
			for j := range queue {
				if ctx.Err() != nil {
					return nil
				}
				w.run(ctx, j, do)
				mu.Lock()
				tell(j)
				mu.Unlock()
			}
			return nil
		})
	}
	_ = group.Wait() // no worker returns an error
}

// worker holds one connection, to the database of the job before.
type worker struct {
	r       *Runner
	conn    *pgx.Conn
	home    home
	visited int
}

// run does a job. Where the connection is lost under it, a second try follows: the
// ledger tells what the first one reached.
func (w *worker) run(ctx context.Context, j *job, do func(context.Context, *pgx.Conn, *job) error) {
	j.begun = true
	for try := range 2 {
		if j.err = w.use(ctx, j.target.home); j.err != nil {
			return
		}
		if try > 0 {
			if j.err = j.refresh(ctx, w.conn); j.err != nil {
				return
			}
		}
		j.err = do(ctx, w.conn, j)
		if j.err == nil || !w.conn.IsClosed() || ctx.Err() != nil {
			return
		}
	}
}

// use makes sure that the worker has a usable connection to a database.
func (w *worker) use(ctx context.Context, h home) (err error) {
	if w.conn != nil && (w.home != h || w.visited >= perConn || w.conn.IsClosed()) {
		w.drop()
	}
	if w.conn == nil {
		if w.conn, err = w.r.connect(ctx, h); err != nil {
			return err
		}
		w.home, w.visited = h, 0
	}
	w.visited++
	return nil
}

func (w *worker) drop() {
	if w.conn != nil {
		w.r.close(w.conn)
		w.conn = nil
	}
}
