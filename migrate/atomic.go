package migrate

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// atomically does the work of each database in one transaction.
func (u *upRun) atomically(ctx context.Context) error {
	for _, h := range u.f.homes() {
		if err := u.wholeHome(ctx, h); err != nil {
			return fmt.Errorf("migrate: %s was left as it was: %w", h, err)
		}
	}
	return nil
}

// oneTransactionEach refuses what an atomic run cannot hold, before it begins.
func (u *upRun) oneTransactionEach() error {
	for _, j := range u.jobs {
		if err := oneTransaction(j.todo); err != nil {
			return fmt.Errorf("%w; run without --atomic", err)
		}
	}
	return nil
}

// wholeHome takes one database through all stages. Whatever fails takes all of it
// back.
func (u *upRun) wholeHome(ctx context.Context, h home) error {
	before := u.remember(h)
	if before == nil {
		return nil
	}
	conn, err := u.r.connect(ctx, h)
	if err != nil {
		return err
	}
	defer u.r.close(conn)
	if err = u.inOne(ctx, conn, h); err != nil {
		clean(ctx, conn)
		u.restore(before, err)
	}
	return err
}

// remember copies the jobs of a database that have work; nil where none has.
func (u *upRun) remember(h home) map[*target]job {
	var before map[*target]job
	for _, t := range u.f.in(h) {
		if j := u.jobs[t]; j != nil && j.err == nil && len(j.todo) > 0 {
			if before == nil {
				before = map[*target]job{}
			}
			before[t] = *j
		}
	}
	return before
}

// restore puts the jobs back and leaves the error with the one that caused it.
func (u *upRun) restore(before map[*target]job, err error) {
	for t, j := range before {
		failed := u.jobs[t].err
		*u.jobs[t] = j
		u.jobs[t].err = failed
	}
}

func (u *upRun) inOne(ctx context.Context, conn *pgx.Conn, h home) error {
	if _, err := execAll(ctx, conn.PgConn(), beginMigration); err != nil {
		return err
	}
	for _, s := range u.r.stages {
		parts := u.dueIn(s, h)
		if err := u.heldBack(parts); err != nil {
			return err
		}
		if err := u.stageInOne(ctx, conn, parts); err != nil {
			return err
		}
	}
	_, err := execAll(ctx, conn.PgConn(), "COMMIT")
	return err
}

func (u *upRun) dueIn(s stage, h home) (parts []*job) {
	for _, j := range u.due(s) {
		if j.target.home == h {
			parts = append(parts, j)
		}
	}
	return parts
}

// stageInOne does a stage's work inside the transaction that is open. The first
// target tells how many locks the others will take.
func (u *upRun) stageInOne(ctx context.Context, conn *pgx.Conn, parts []*job) error {
	var held int
	for i, p := range parts {
		if i == 0 && len(parts) > 1 {
			var err error
			if held, err = locksHeld(ctx, conn); err != nil {
				return err
			}
		}
		if err := u.partInOne(ctx, conn, p); err != nil {
			return err
		}
		if i == 0 && len(parts) > 1 {
			if err := lockBudget(ctx, conn, held, len(parts)-1); err != nil {
				return err
			}
		}
	}
	return u.settle(parts)
}

func (u *upRun) partInOne(ctx context.Context, conn *pgx.Conn, p *job) error {
	p.begun = true
	todo, err := u.r.rewritten(ctx, conn, p.target, p.todo, false)
	if err != nil {
		p.err = p.explain(nil, err)
		u.jobs[p.target].err = p.err
		u.tell(p)
		return p.err
	}
	msg := &message{}
	msg.body(p.target, p.have.count, todo)
	done, err := execAll(ctx, conn.PgConn(), msg.text.String())
	if err != nil {
		p.err = p.explain(nil, msg.locate(err, done))
		u.jobs[p.target].err = p.err
		u.tell(p)
		return p.err
	}
	p.have, p.done, p.todo = p.have.plus(p.todo), p.todo, nil
	u.tell(p)
	return nil
}
