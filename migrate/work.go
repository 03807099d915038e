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
	down   bool   // todo is to be taken back
	gone   string // why nothing is left to do: the tenant was taken away meanwhile
}

// perConn is how many targets a connection visits before it is replaced: a backend
// keeps what it learnt of each, for ever. That is about 4 KB for each table that is
// changed, with its indexes, and a new backend has to learn the catalogs first.
const perConn = 1000

// crew is who works and how. The functions are called as their comments say.
type crew struct {
	workers int
	do      func(context.Context, *pgx.Conn, *job) error // by all workers at once
	tell    func(*job)                                   // after each job, by one goroutine at a time
	halted  func() bool                                  // before each job, by one goroutine at a time; nil: never
}

// work does the jobs. A job's error stays in the job.
func (r *Runner) work(ctx context.Context, jobs []*job, c crew) {
	queue := make(chan *job, len(jobs))
	for _, j := range jobs {
		queue <- j
	}
	close(queue)
	var (
		group errgroup.Group
		mu    sync.Mutex
	)
	next := func() *job {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() != nil || c.halted != nil && c.halted() {
			return nil
		}
		return <-queue // nil once it is empty, because it is closed
	}
	for range min(c.workers, len(jobs)) {
		group.Go(func() error {
			w := worker{r: r}
			defer w.drop()
			for j := next(); j != nil; j = next() {
				w.run(ctx, j, c.do)
				mu.Lock()
				c.tell(j)
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
	if w.r.c.Engine != nil {
		j.err = do(ctx, nil, j)
		return
	}
	for try := range 2 {
		if err := w.use(ctx, j.target.home); err != nil {
			if j.gone = w.r.away(ctx, j.target, err); j.gone != "" {
				j.todo = nil
				return
			}
			j.err = j.explain(nil, err)
			return
		}
		if try > 0 {
			if err := j.refresh(ctx, w.conn); err != nil {
				j.err = j.explain(nil, err)
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
