package main

import (
	"encoding/json"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/rowhouse-go/rowhouse/migrate"
)

// follower tells how far a run over the fleet is: a line of JSON for each target
// with --json, a bar on a terminal, and now and then a line elsewhere.
type follower struct {
	c     *cli
	begin time.Time
	last  time.Time // when the last line was written
	bar   *progress
}

// eventLine is one target's end, as --json streams it.
type eventLine struct {
	Event string `json:"event"` // target
	outcomeView
	Target      string  `json:"target"` // the slug, or "shared"
	N           int     `json:"n"`
	Of          int     `json:"of"`
	PerSecond   float64 `json:"per_second"`
	SecondsLeft float64 `json:"seconds_left"`
}

func (c *cli) follow() *follower {
	now := time.Now()
	return &follower{c: c, begin: now, last: now, bar: c.progress("migrate")}
}

// pace returns how many targets end in a second, and how long the others will take.
func (f *follower) pace(e migrate.Event) (perSecond float64, left time.Duration) {
	seconds := max(time.Since(f.begin).Seconds(), 0.001)
	perSecond = float64(e.Done) / seconds
	return perSecond, time.Duration(float64(e.Total-e.Done) / perSecond * float64(time.Second))
}

func (f *follower) tell(e migrate.Event) {
	const often = 2 * time.Second
	switch {
	case f.c.json:
		f.stream(e)
	case isTerminal(f.c.err):
		f.show(e)
	case time.Since(f.last) >= often:
		f.last = time.Now()
		rate, left := f.pace(e)
		f.c.say("migrate %d/%d, %.0f per second, %v left", e.Done, e.Total, rate, left.Round(time.Second))
	}
}

// show moves a bar that tells the rate and the time left as well.
func (f *follower) show(e migrate.Event) {
	if f.bar.bar == nil && !f.c.quiet {
		f.bar.bar = progressbar.NewOptions(e.Total,
			progressbar.OptionSetWriter(f.c.err),
			progressbar.OptionSetDescription("migrate"),
			progressbar.OptionShowCount(),
			progressbar.OptionShowIts(),
			progressbar.OptionSetItsString("tenants"),
			progressbar.OptionThrottle(50*time.Millisecond),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionClearOnFinish(),
		)
	}
	f.bar.step(e.Done, e.Total, e.Label)
}

func (f *follower) stream(e migrate.Event) {
	rate, left := f.pace(e)
	_ = f.c.line(eventLine{"target", viewOfOutcome(e.Outcome), e.Label, e.Done, e.Total, rate, left.Seconds()}) // the summary fails as well
}

func (f *follower) end() { f.bar.end() }

// line writes one JSON object in a line of its own.
func (c *cli) line(v any) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
