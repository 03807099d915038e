package pools_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/pgbouncertest"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/internal/pools"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const ever = time.Hour // longer than any test

// TestDatabases shares six databases among its parts: making one takes a while.
func TestDatabases(t *testing.T) {
	t.Parallel()
	names := databases(t, 6)
	for what, test := range map[string]func(*testing.T, []string){
		"the least recently used pool makes room":        theLeastRecentlyUsedPoolMakesRoom,
		"a pool in use is never closed":                  aPoolInUseIsNeverClosed,
		"who finds all in use waits in turn":             whoFindsAllInUseWaitsInTurn,
		"who holds one and wants another is not stuck":   whoHoldsOneAndWantsAnotherIsNotStuck,
		"a wait ends with its context":                   aWaitEndsWithItsContext,
		"pools that nobody uses are closed":              poolsThatNobodyUsesAreClosed,
		"a forgotten pool serves who holds it":           aForgottenPoolServesWhoHoldsIt,
		"dead connections are not lent":                  deadConnectionsAreNotLent,
		"a crowd at the bound":                           aCrowdAtTheBound,
		"databases are reached by name through a pooler": databasesAreReachedThroughAPooler,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			test(t, names)
		})
	}
}

func databases(t *testing.T, count int) []string {
	t.Helper()
	names := make([]string, count)
	for i := range names {
		config, err := pgx.ParseConfig(pgtest.Database(t))
		if err != nil {
			t.Fatal(err)
		}
		names[i] = config.Database
	}
	return names
}

// street is a set of pools over the server that holds the databases.
func street(t *testing.T, server pools.Server) *pools.Set {
	t.Helper()
	if server.URL == "" {
		server.URL = pgtest.URL(t)
	}
	set := pools.New(map[string]pools.Server{"main": server})
	t.Cleanup(set.Close)
	return set
}

// borrow takes a connection and checks that it leads where it should.
func borrow(t *testing.T, set *pools.Set, database string) (*pgx.Conn, func()) {
	t.Helper()
	conn, done, err := set.Acquire(t.Context(), "main", database)
	if err != nil {
		t.Fatal(err)
	}
	if got := current(t, conn); got != database {
		t.Errorf("borrowed a connection to %s, want %s", got, database)
	}
	return conn, done
}

func current(t *testing.T, conn *pgx.Conn) (name string) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Error(err)
	}
	return name
}

func is(t *testing.T, set *pools.Set, want pools.Stats) {
	t.Helper()
	if got := set.Stats(); got != want {
		t.Errorf("pools %+v, want %+v", got, want)
	}
}

func theLeastRecentlyUsedPoolMakesRoom(t *testing.T, name []string) {
	set := street(t, pools.Server{Databases: 2, DatabaseIdle: ever})
	for _, i := range []int{0, 1, 0, 2} { // 1 is the one that was not used for longest
		_, done := borrow(t, set, name[i])
		done()
	}
	is(t, set, pools.Stats{Open: 2, Opened: 3, Evicted: 1})
	_, done := borrow(t, set, name[0])
	done()
	is(t, set, pools.Stats{Open: 2, Opened: 3, Evicted: 1})
	_, done = borrow(t, set, name[1])
	done()
	is(t, set, pools.Stats{Open: 2, Opened: 4, Evicted: 2})
}

func aPoolInUseIsNeverClosed(t *testing.T, name []string) {
	set := street(t, pools.Server{Databases: 2, DatabaseIdle: ever})
	held, done := borrow(t, set, name[0])
	tx, err := held.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{1, 2, 1, 2} {
		_, done := borrow(t, set, name[i])
		done()
	}
	if got := current(t, tx.Conn()); got != name[0] {
		t.Errorf("the transaction is in %s", got)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Errorf("commit: %v", err)
	}
	is(t, set, pools.Stats{Open: 2, InUse: 1, Opened: 5, Evicted: 3})
	done()
	is(t, set, pools.Stats{Open: 2, Opened: 5, Evicted: 3})
}

func whoFindsAllInUseWaitsInTurn(t *testing.T, name []string) {
	set := street(t, pools.Server{Databases: 1, DatabaseIdle: ever, DatabaseWait: ever})
	_, done := borrow(t, set, name[0])
	var order []string
	var waiting sync.WaitGroup
	for i, database := range name[1:3] {
		waiting.Go(func() {
			_, done := borrow(t, set, database)
			order = append(order, database) // one at a time: that is what is tested
			done()
		})
		for set.Stats().Waiting != i+1 {
			time.Sleep(time.Millisecond)
		}
	}
	is(t, set, pools.Stats{Open: 1, InUse: 1, Waiting: 2, Opened: 1, Waits: 2})
	done()
	waiting.Wait()
	if len(order) != 2 || order[0] != name[1] || order[1] != name[2] {
		t.Errorf("served in the order %v, want %v", order, name[1:3])
	}
	is(t, set, pools.Stats{Open: 1, Opened: 3, Evicted: 2, Waits: 2})
}

func whoHoldsOneAndWantsAnotherIsNotStuck(t *testing.T, name []string) {
	set := street(t, pools.Server{Databases: 1, DatabaseIdle: ever, DatabaseWait: time.Millisecond})
	_, first := borrow(t, set, name[0])
	_, second := borrow(t, set, name[1])
	is(t, set, pools.Stats{Open: 2, InUse: 2, Opened: 2, Waits: 1, Beyond: 1})
	second() // what was opened beyond the bound does not stay
	is(t, set, pools.Stats{Open: 1, InUse: 1, Opened: 2, Waits: 1, Beyond: 1})
	first()
}

func aWaitEndsWithItsContext(t *testing.T, name []string) {
	set := street(t, pools.Server{Databases: 1, DatabaseIdle: ever, DatabaseWait: ever})
	_, done := borrow(t, set, name[0])
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, _, err := set.Acquire(ctx, "main", name[1])
		ended <- err
	}()
	for set.Stats().Waiting == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	done()
	_, done = borrow(t, set, name[2]) // the one that left holds nobody up
	done()
}

func poolsThatNobodyUsesAreClosed(t *testing.T, name []string) {
	set := street(t, pools.Server{DatabaseIdle: 20 * time.Millisecond})
	_, held := borrow(t, set, name[0])
	_, done := borrow(t, set, name[1])
	done()
	for set.Stats().Reaped == 0 {
		time.Sleep(time.Millisecond)
	}
	is(t, set, pools.Stats{Open: 1, InUse: 1, Opened: 2, Reaped: 1})
	held()
	for set.Stats().Open > 0 {
		time.Sleep(time.Millisecond)
	}
}

func aForgottenPoolServesWhoHoldsIt(t *testing.T, name []string) {
	set := street(t, pools.Server{DatabaseIdle: ever})
	conn, done := borrow(t, set, name[0])
	set.Forget("main", name[0])
	current(t, conn)
	is(t, set, pools.Stats{Open: 1, InUse: 1, Opened: 1})
	done()
	is(t, set, pools.Stats{Opened: 1})
	set.Forget("main", name[0])
	set.Forget("main", "never seen")
	set.Forget("another", name[0])
}

func deadConnectionsAreNotLent(t *testing.T, name []string) {
	set := street(t, pools.Server{DatabaseIdle: ever})
	conn, done := borrow(t, set, name[0])
	pid := conn.PgConn().PID()
	done()
	other, err := set.Connect(t.Context(), "main", "")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(t.Context())
	if _, err := other.Exec(t.Context(), "SELECT pg_terminate_backend($1, 5000)", pid); err != nil {
		t.Fatal(err)
	}
	_, done = borrow(t, set, name[0])
	done()
}

func TestADatabaseThatIsNotThere(t *testing.T) {
	t.Parallel()
	set := street(t, pools.Server{})
	var state interface{ SQLState() string }
	_, _, err := set.Acquire(t.Context(), "main", "nowhere")
	if !errors.As(err, &state) || state.SQLState() != "3D000" {
		t.Errorf("got %v", err)
	}
	if _, _, err := set.Acquire(t.Context(), "another", "nowhere"); !errors.Is(err, pools.ErrUnknownServer) {
		t.Errorf("another server: %v", err)
	}
	set.Close()
	if _, _, err := set.Acquire(t.Context(), "main", "nowhere"); !errors.Is(err, pools.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// Many goroutines want more databases than there may be pools, some of them two at
// once. Nobody gets another's connection, and nobody waits for ever.
func aCrowdAtTheBound(t *testing.T, name []string) {
	set := street(t, pools.Server{Databases: 2, DatabaseConns: 2, DatabaseIdle: 5 * time.Millisecond, DatabaseWait: 5 * time.Millisecond})
	var crowd sync.WaitGroup
	for n := range 24 {
		crowd.Go(func() {
			for range 6 {
				_, first := borrow(t, set, name[rand.IntN(3)])
				if n%4 == 0 {
					_, second := borrow(t, set, name[3+rand.IntN(3)])
					second()
				}
				first()
				set.Forget("main", name[rand.IntN(len(name))])
			}
		})
	}
	crowd.Wait()
	if got := set.Stats(); got.InUse > 0 || got.Waiting > 0 || got.Open > 2 {
		t.Errorf("left behind: %+v", got)
	}
}

func databasesAreReachedThroughAPooler(t *testing.T, name []string) {
	url := pgbouncertest.Start(t, pgtest.URL(t))
	set := street(t, pools.Server{URL: url, Pooler: "transaction", DirectURL: pgtest.URL(t), Databases: 1})
	for _, database := range []string{name[0], name[1], name[0]} {
		_, done := borrow(t, set, database)
		done()
	}
}
