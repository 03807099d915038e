package silo

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// process is a program of a stack.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	exit error         // read after done
}

// begin runs a program whose output goes to a log. Where the system can do it, the
// program ends with its supervisor.
func (s *supervisor) begin(command []string, name string) (*process, error) {
	if len(command) == 0 {
		return nil, errors.New("the silo has no application: set silo.app.command")
	}
	log, err := s.place.log(name)
	if err != nil {
		return nil, err
	}
	line := s.line(command)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = string(s.place)
	cmd.Env = append(inherited(os.Environ()), s.environ()...)
	cmd.Stdout, cmd.Stderr = log, log
	apart(cmd)
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		defer log.Close()
		p.run(started)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", line[0], err)
	}
	return p, nil
}

// run keeps to one thread: Linux ends the program when the thread that started it
// ends, and Go ends idle threads as it likes.
func (p *process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.exit = p.cmd.Wait()
	close(p.done)
}

// end asks the program to end, and insists; what it started ends as well.
func (p *process) end() {
	const patience = 10 * time.Second
	if !p.ended() {
		_ = terminate(p.cmd.Process.Pid) // it may have ended just now: done tells
	}
	select {
	case <-p.done:
	case <-time.After(patience):
	}
	killGroup(p.cmd.Process.Pid)
	<-p.done
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// inherited is our environment without what leads to databases: the stack has its own.
func inherited(env []string, hidden ...string) []string {
	kept := make([]string, 0, len(env))
	for _, entry := range env {
		name, _, _ := strings.Cut(entry, "=")
		leads := strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "ROWHOUSE_") || name == "DATABASE_URL"
		if !leads && !slices.Contains(hidden, name) {
			kept = append(kept, entry)
		}
	}
	return kept
}
