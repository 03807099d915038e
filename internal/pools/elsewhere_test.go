package pools_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/internal/pools"
)

var errNeverCame = errors.New("it does not come up")

// A server that takes its time to be found, and is not there in the end, keeps nobody
// from the others.
func TestAServerThatIsSlowToFindHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	set := pools.New(map[string]pools.Server{"main": {URL: pgtest.Database(t)}})
	t.Cleanup(set.Close)
	asked, answered := make(chan struct{}), make(chan struct{})
	set.Elsewhere = func(string) (pools.Server, error) {
		close(asked)
		<-answered
		return pools.Server{}, errNeverCame
	}
	found := make(chan error, 1)
	go func() {
		_, err := set.Pool("slow")
		found <- err
	}()
	<-asked
	_, done, err := set.Acquire(t.Context(), "main", "")
	if err != nil {
		t.Fatal(err)
	}
	done()
	close(answered)
	if err := <-found; !errors.Is(err, errNeverCame) {
		t.Errorf("got %v, want %v", err, errNeverCame)
	}
}

// Who asks at the same time for a server that is found anew gets one pool.
func TestAServerElsewhereHasOnePool(t *testing.T) {
	t.Parallel()
	set := pools.New(nil)
	t.Cleanup(set.Close)
	url := pgtest.Database(t)
	var both sync.WaitGroup
	both.Add(2)
	set.Elsewhere = func(string) (pools.Server, error) {
		both.Done()
		both.Wait()
		return pools.Server{URL: url}, nil
	}
	found := make(chan any, 2)
	for range 2 {
		go func() {
			pool, err := set.Pool("far")
			if err != nil {
				found <- err
				return
			}
			found <- pool
		}()
	}
	if a, b := <-found, <-found; a != b {
		t.Errorf("%v and %v, want one pool", a, b)
	}
}
