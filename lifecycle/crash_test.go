package lifecycle_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/tenant"
)

var errDead = errors.New("this program is dead")

// mortal cuts all lines of a program at its n-th message, before or after the
// message has left: what the server sees of a program that is killed there.
type mortal struct {
	mu    sync.Mutex
	left  int
	after bool
	lines []net.Conn
}

func (m *mortal) dial(ctx context.Context, network, address string) (net.Conn, error) {
	line, err := (&net.Dialer{}).DialContext(ctx, network, address)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil || m.left == 0 {
		return nil, errors.Join(errDead, err)
	}
	m.lines = append(m.lines, line)
	return &mortalLine{line, m}, nil
}

// died counts a message and reports whether it is the last.
func (m *mortal) died() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left > 0 {
		m.left--
	}
	return m.left == 0
}

func (m *mortal) cut() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, line := range m.lines {
		_ = line.Close()
	}
}

type mortalLine struct {
	net.Conn
	of *mortal
}

func (l *mortalLine) Write(b []byte) (int, error) {
	if !l.of.died() {
		return l.Conn.Write(b)
	}
	if l.of.after {
		_, _ = l.Conn.Write(b)
	}
	l.of.cut()
	return 0, errDead
}

// crashCases are what is killed, what came before, and what may be tried instead of
// running it again.
func crashCases() []struct {
	name   string
	before []string
	wrong  string
} {
	return []struct {
		name   string
		before []string
		wrong  string
	}{
		{"create", nil, "resume"},
		{"delete", []string{"create"}, "resume"},
		{"restore", []string{"create", "read-only", "delete"}, "resume"},
		{"purge", []string{"create", "delete"}, "restore"},
		{"reset", []string{"create"}, "resume"},
		{"read-only", []string{"create"}, "suspend"},
		{"resume", []string{"create", "read-only"}, "suspend"},
	}
}

// Every operation is cut at the messages that it sends, before or after they have
// left, and is then run again.
func TestEveryMomentIsAGoodOneToDie(t *testing.T) {
	t.Parallel()
	for _, c := range crashCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := install(t)
			// A start of its own each time, so that many runs meet every moment.
			for n, done := 1+rand.N(stride()), false; !done; n += stride() {
				done = s.dieAt(t, c.name, c.before, "", n, n%2 == 0)
				done = s.dieAt(t, c.name, c.before, c.wrong, n, n%2 == 1) && done
			}
		})
	}
}

// stride is every message with ROWHOUSE_PROOF=1. It is odd, so that both kinds of
// death take turns.
func stride() int {
	if pgtest.Proof() {
		return 1
	}
	return 11
}

// dieAt runs an operation in a program that dies at message n, and again in one that
// lives. In between somebody may try a wrong remedy, which must do no harm. It
// reports whether the operation was over before.
func (s *street) dieAt(t *testing.T, name string, before []string, wrong string, n int, after bool) (done bool) {
	t.Helper()
	id := s.prepare(t, before)
	m := &mortal{left: n, after: after}
	short, err := newStreetOf(s, m)
	if err == nil {
		err = short.do(t.Context(), name, id)
		short.close()
	}
	when := fmt.Sprintf("%s, dead at message %d (sent: %t)", name, n, after)
	s.servesWhole(t, when)
	if found, lookErr := s.Find(t.Context(), tenant.BySlug("acme")); lookErr == nil {
		id = found.ID
	}
	if wrong != "" && !id.IsZero() {
		_ = s.do(t.Context(), wrong, id)
		s.servesWhole(t, when+" then "+wrong)
	}
	s.finish(t, when, name, wrong, id)
	s.consistent(t)
	s.clear(t, id)
	if t.Failed() {
		t.Fatal(when)
	}
	return err == nil
}

// newStreetOf makes the same street in a program that may die. Its start is not
// counted.
func newStreetOf(s *street, m *mortal) (*street, error) {
	short := *s
	n := m.left
	m.left = -1
	made, err := newStreetAt(short.level, short.url, m.dial)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	m.left = n
	m.mu.Unlock()
	return made, nil
}

func (s *street) prepare(t *testing.T, names []string) (id tenant.ID) {
	t.Helper()
	for _, name := range names {
		s.must(t, id, name)
		if made, err := s.Find(t.Context(), tenant.BySlug("acme")); err == nil {
			id = made.ID
		}
	}
	return id
}

// finish runs the operation again. Where the first run had come to its end, or the
// wrong remedy was none, its status may refuse that.
func (s *street) finish(t *testing.T, when, name, wrong string, id tenant.ID) {
	t.Helper()
	err := s.do(t.Context(), name, id)
	for end := time.Now().Add(time.Minute); errors.Is(err, lifecycle.ErrBusy) && time.Now().Before(end); {
		err = s.do(t.Context(), name, id) // the server has not yet noticed that the other one is dead
	}
	if errors.Is(err, tenant.ErrStatus) || name == "create" && errors.Is(err, tenant.ErrExists) {
		return
	}
	if err != nil {
		t.Errorf("%s, then %q: run again: %v", when, wrong, err)
	}
}

// clear takes the tenant away, so that the next one begins from nothing.
func (s *street) clear(t *testing.T, id tenant.ID) {
	t.Helper()
	if found, err := s.Find(t.Context(), tenant.BySlug("acme")); err == nil {
		s.must(t, found.ID, "delete", "purge")
		id = found.ID
	}
	if !id.IsZero() {
		s.exec(t, "DELETE FROM rowhouse.events")
		s.exec(t, "DELETE FROM rowhouse.domains")
		s.exec(t, "DELETE FROM rowhouse.tenants WHERE id = $1", id.String())
	}
}

// The same with real processes and SIGKILL at moments that nobody chose.
func TestKilledProcessesAreFinishedByOthers(t *testing.T) {
	t.Parallel()
	s := install(t)
	for _, c := range crashCases() {
		t.Run(c.name, func(t *testing.T) {
			for range 2 {
				id := s.prepare(t, c.before)
				child := s.child(t, orders{URL: s.url, Do: c.name, ID: id})
				time.Sleep(rand.N(250 * time.Millisecond))
				_ = child.Process.Kill()
				_ = child.Wait()
				s.servesWhole(t, c.name)
				if found, err := s.Find(t.Context(), tenant.BySlug("acme")); err == nil {
					id = found.ID
				}
				s.finish(t, "killed", c.name, "", id)
				s.consistent(t)
				s.clear(t, id)
			}
		})
	}
}

// child starts this test program as another one of the street.
func (s *street) child(t *testing.T, o orders) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), ordersEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

const crowd = 24

func slugs() (all []string) {
	for i := range crowd {
		all = append(all, fmt.Sprintf("t-%d", i))
	}
	return all
}

// createMany creates in an order of its own; what another one has made is fine.
func (s *street) createMany(slugs []string) error {
	rand.Shuffle(len(slugs), func(i, j int) { slugs[i], slugs[j] = slugs[j], slugs[i] })
	for _, slug := range slugs {
		_, err := s.Create(context.Background(), lifecycle.New{Slug: slug})
		if err != nil && !errors.Is(err, tenant.ErrExists) {
			return err
		}
	}
	return nil
}

// Eight processes want the same tenants. One of them dies.
func TestManyProcessesCreateEachTenantOnce(t *testing.T) {
	t.Parallel()
	s := install(t)
	var children []*exec.Cmd
	for range 8 {
		children = append(children, s.child(t, orders{URL: s.url, Do: "create many", Slugs: slugs()}))
	}
	time.Sleep(400 * time.Millisecond)
	_ = children[0].Process.Kill()
	for i, child := range children {
		if err := child.Wait(); err != nil && i > 0 {
			t.Errorf("process %d: %v", i, err)
		}
	}
	s.consistent(t)
	all, err := s.store.List(t.Context(), everyStatus())
	if err != nil || len(all) != crowd {
		t.Errorf("%d tenants, want %d: %v", len(all), crowd, err)
	}
}
