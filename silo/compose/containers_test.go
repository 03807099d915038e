package compose

import (
	"net"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/portbook"
	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// said is what docker inspect prints about a stack whose services are in such states.
func said(t *testing.T, states map[string]string) containers {
	t.Helper()
	var list []string
	for service, state := range states {
		list = append(list, `{"Id": "`+service+`", "RestartCount": 2, "State": `+state+`, "Config": {"Labels": {"`+serviceLabel+`": "`+service+`"}}}`)
	}
	found, err := read([]byte("[" + strings.Join(list, ",") + "]"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// While a stack is down, its ports are nobody else's to have.
func TestAStackKeepsItsPorts(t *testing.T) {
	t.Parallel()
	r, id := &Stacks{Dir: t.TempDir()}, tenant.NewID()
	if err := r.place(id).make(); err != nil {
		t.Fatal(err)
	}
	first, err := r.place(id).choose(id, containers{})
	if err != nil {
		t.Fatal(err)
	}
	for use, port := range map[string]int{portbook.App: first.Web, portbook.Database: first.Database} {
		if own, err := portbook.In(r.Dir).Take(id, use); err != nil || own != port {
			t.Errorf("its %s is at %d, and its own port is %d, %v", use, port, own, err)
		}
	}
	taken, err := net.Listen("tcp", first.web())
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	running := said(t, map[string]string{web: `{"Status": "running"}`})
	if now, err := r.place(id).choose(id, running); err != nil || now != first {
		t.Errorf("%+v became %+v under a running container, %v", first, now, err)
	}
	if now, err := r.place(id).choose(id, containers{}); err != nil || now.Web == first.Web || now.Database != first.Database {
		t.Errorf("%+v became %+v when somebody took a port, %v", first, now, err)
	}
}

func TestWhatContainersDoIsAPhase(t *testing.T) {
	t.Parallel()
	const (
		up      = `{"Status": "running", "Pid": 7}`
		done    = `{"Status": "exited"}`
		failed  = `{"Status": "exited", "ExitCode": 1}`
		stopped = `{"Status": "exited", "ExitCode": 143}`
		again   = `{"Status": "restarting", "ExitCode": 3}`
		sick    = `{"Status": "running", "Health": {"Status": "unhealthy", "Log": [{"Output": "no"}, {"Output": "answers 503\n"}]}}`
		well    = `{"Status": "running", "Health": {"Status": "healthy"}}`
		refused = `{"Status": "created", "Error": "port is already allocated"}`
	)
	for _, c := range []struct {
		name, database, migrate, web string
		phase                        silo.Phase
		says                         string
	}{
		{"all is well", up, done, up, silo.Waiting, ""},
		{"the health check is content", up, done, well, silo.Running, ""},
		{"it was stopped", done, done, stopped, silo.Stopped, ""},
		{"it was stopped in the middle", stopped, stopped, "", silo.Stopped, ""},
		{"the database server comes up", up, "", "", silo.Starting, ""},
		{"the migrations run", up, up, "", silo.Preparing, ""},
		{"a migration failed", up, failed, "", silo.Failed, "what prepares the database ended with exit code 1"},
		{"the application ends", up, done, again, silo.Failed, "the application ended with exit code 3"},
		{"the application does not answer", up, done, sick, silo.Failed, "the application does not answer: answers 503"},
		{"the database server ended", again, done, up, silo.Failed, "the database server ended with exit code 3"},
		{"a port is taken", up, done, refused, silo.Failed, "could not be started: port is already allocated"},
	} {
		states := map[string]string{}
		for service, state := range map[string]string{database: c.database, migrate: c.migrate, web: c.web} {
			if state != "" {
				states[service] = state
			}
		}
		got := said(t, states).state(ports{Database: 1, Web: 2})
		if got.Phase != c.phase || !strings.Contains(got.Error, c.says) || (c.says == "") != (got.Error == "") {
			t.Errorf("%s: %s %q, want %s %q", c.name, got.Phase, got.Error, c.phase, c.says)
		}
	}
	if got := (containers{}).state(ports{}); got.Phase != silo.Stopped {
		t.Errorf("without containers: %+v", got)
	}
}
