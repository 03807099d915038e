package isolationtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"
)

// block is what a group of stacks works with: two of them, and the front.
type block struct {
	T
	StackTarget
	one, other stackHouse
}

// stackHouse is a tenant with a stack.
type stackHouse struct{ slug, host string }

func (b *block) launch(name string) stackHouse {
	b.Helper()
	slug := name + "-" + strings.ToLower(rand.Text()[:8])
	ctx, cancel := b.long()
	defer cancel()
	host, err := b.Stacks.Launch(ctx, slug)
	if err != nil {
		b.Fatalf("launch %s: %v", slug, err)
	}
	return stackHouse{slug, host}
}

func (b *block) long() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.Context(), 10*b.Patience)
}

// ask returns an error unless the host's own stack answers.
func (b *block) ask(ctx context.Context, at stackHouse) error {
	ctx, cancel := context.WithTimeout(ctx, b.Patience)
	defer cancel()
	slug, err := b.Stacks.Ask(ctx, at.host)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", at.host, err)
	case slug != at.slug:
		return fmt.Errorf("%s is answered by the stack of %s, not of %s", at.host, slug, at.slug)
	}
	return nil
}

// all asks about so many times, some at once, and fails the test unless each is
// answered. It stops where enough were not: each may have taken all of the patience.
func (b *block) all(requests int, at stackHouse, when string) {
	b.Helper()
	const workers, enough = 4, 4
	var (
		asking sync.WaitGroup
		mu     sync.Mutex
		failed []error
	)
	failure := func(err error) (stop bool) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			failed = append(failed, err)
		}
		return len(failed) >= enough
	}
	for range workers {
		asking.Go(func() {
			for range max(requests/workers, 1) {
				if failure(b.ask(b.Context(), at)) {
					return
				}
			}
		})
	}
	asking.Wait()
	if len(failed) > 0 {
		b.Errorf("%d of %d requests or more failed %s: %v", len(failed), requests, when, failed[0])
	}
}

// healed waits until a stack answers that was harmed.
func (b *block) healed(at stackHouse) {
	b.Helper()
	ctx, cancel := b.long()
	defer cancel()
	for {
		err := b.ask(ctx, at)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			b.Fatalf("does not come back: %v", err)
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// routing: each host is answered by its own stack, also when many ask at once.
func routing(b *block) {
	var both sync.WaitGroup
	for _, at := range []stackHouse{b.one, b.other} {
		both.Go(func() { b.all(b.Requests/10, at, "while both are asked") })
	}
	both.Wait()
}

// launched: a third stack is made, and whoever lives there does not notice.
func launched(b *block) {
	done := make(chan stackHouse, 1)
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	var flowing sync.WaitGroup
	for _, at := range []stackHouse{b.one, b.other} {
		flowing.Go(func() { b.until(ctx, at) })
	}
	b.Run("a third", func(t T) {
		inner := *b
		inner.T = t
		done <- inner.launch("third")
	})
	stop()
	flowing.Wait()
	select {
	case third := <-done:
		b.all(b.Requests/10, third, "at the third")
	default: // it has been said why there is none
	}
}

// until asks one request after the other until ctx ends; each must be answered.
func (b *block) until(ctx context.Context, at stackHouse) {
	for n := 0; ctx.Err() == nil; n++ {
		if err := b.ask(b.Context(), at); err != nil {
			b.Errorf("while another is launched, request %d: %v", n, err)
			return
		}
	}
}

func stopped(b *block) { b.struck(Stopped) }

func crashed(b *block) {
	for _, how := range []Harm{ApplicationKilled, DatabaseKilled} {
		b.Run(string(how), func(t T) {
			inner := *b
			inner.T = t
			inner.struck(how)
		})
	}
}

// struck harms one stack and asks the other; then the first must come back.
func (b *block) struck(how Harm) {
	b.Helper()
	ctx, cancel := b.long()
	defer cancel()
	heal, err := b.Stacks.Strike(ctx, b.one.host, how)
	if err != nil {
		b.Fatalf("%s: %v", how, err)
	}
	b.all(b.Requests, b.other, "while the neighbour is "+string(how))
	if err := heal(ctx); err != nil {
		b.Fatalf("heal what was %s: %v", how, err)
	}
	b.healed(b.one)
	b.all(b.Requests/10, b.other, "after the neighbour came back")
}

// slow: requests pile up before one stack, and none before the other.
func slow(b *block) {
	const waiting = 64
	ctx, cancel := b.long()
	defer cancel()
	heal, err := b.Stacks.Strike(ctx, b.one.host, Stalled)
	if err != nil {
		b.Fatalf("%s: %v", Stalled, err)
	}
	queued, leave := context.WithCancel(b.Context())
	var queue sync.WaitGroup
	for range waiting {
		queue.Go(func() { _, _ = b.Stacks.Ask(queued, b.one.host) }) // it need not be answered
	}
	b.all(b.Requests, b.other, "while the neighbour is stalled")
	leave()
	queue.Wait()
	if err := heal(ctx); err != nil {
		b.Fatalf("heal what was %s: %v", Stalled, err)
	}
	b.healed(b.one)
}
