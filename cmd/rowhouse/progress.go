package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress tells how far long work is: a bar on a terminal, lines elsewhere.
type progress struct {
	c    *cli
	what string
	bar  *progressbar.ProgressBar // nil where there is none
}

func (c *cli) progress(what string) *progress { return &progress{c: c, what: what} }

// step reports that done of total are ready, label being the latest.
func (p *progress) step(done, total int, label string) {
	switch {
	case p.c.quiet:
	case !isTerminal(p.c.err):
		p.c.say("%s %d/%d %s", p.what, done, total, label)
	default:
		p.show(done, total)
	}
}

func (p *progress) show(done, total int) {
	if p.bar == nil {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(p.c.err),
			progressbar.OptionSetDescription(p.what),
			progressbar.OptionShowCount(),
			progressbar.OptionThrottle(50*time.Millisecond),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionClearOnFinish(),
		)
	}
	_ = p.bar.Set(done) // it fails on numbers beyond total only
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
