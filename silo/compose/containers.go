package compose

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// container is what the engine says about one.
type container struct {
	ID           string `json:"Id"`
	RestartCount int
	State        struct {
		Status     string // created, running, restarting, exited, dead …
		ExitCode   int
		Error      string
		Pid        int
		StartedAt  time.Time
		FinishedAt time.Time
		Health     struct {
			Status string // starting, healthy, unhealthy; empty where nobody checks
			Log    []struct{ Output string }
		}
	}
	Config struct{ Labels map[string]string }
}

// containers are those of one stack, by service.
type containers map[string]container

func (c containers) of(service string) container { return c[service] }

const (
	projectLabel = "com.docker.compose.project"
	serviceLabel = "com.docker.compose.service"
)

func labelled(id tenant.ID) string { return "label=" + projectLabel + "=" + project(id) }

// look asks the engine about a stack's containers. One that goes away between the two
// questions is asked for again.
func look(ctx context.Context, id tenant.ID) (containers, error) {
	for tries := 0; ; tries++ {
		found, err := ids(ctx, "ps", "--all", "--quiet", "--no-trunc", "--filter", labelled(id))
		if err != nil || len(found) == 0 {
			return containers{}, err
		}
		text, err := docker(ctx, append([]string{"inspect"}, found...)...)
		if _, ok := errors.AsType[*CommandError](err); ok && tries < 5 {
			continue
		}
		if err != nil {
			return nil, err
		}
		return read(text)
	}
}

// ids runs a docker command that lists.
func ids(ctx context.Context, args ...string) ([]string, error) {
	out, err := docker(ctx, args...)
	return strings.Fields(string(out)), err
}

func read(text []byte) (containers, error) {
	var list []container
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("docker inspect: %w", err)
	}
	byService := containers{}
	for _, c := range list {
		byService[c.Config.Labels[serviceLabel]] = c
	}
	return byService, nil
}

// current reports whether there are containers of all services, of the plan's version.
func (c containers) current(p plan) bool {
	for _, name := range p.services() {
		if c.of(name).Config.Labels[versionLabel] != p.version {
			return false
		}
	}
	return true
}

// state tells how a stack is, as far as Docker knows: an application without a health
// check, or before its first one, is [silo.Waiting].
func (c containers) state(at ports) silo.State {
	db, prepared, app := c.of(database), c.of(migrate), c.of(web)
	s := silo.State{
		Phase: silo.Stopped, Upstream: at.web(), Restarts: db.RestartCount + app.RestartCount,
	}
	if db.runs() {
		s.Database, s.Phase, s.Since = at.database(), silo.Starting, db.State.StartedAt
	} else {
		s.Since = db.State.FinishedAt
	}
	switch {
	case prepared.runs():
		s.Phase, s.Since = silo.Preparing, prepared.State.StartedAt
	case app.broken() != "":
		s.Phase, s.Error = silo.Failed, "the application "+app.broken()
	case app.runs() && !db.runs():
		s.Phase, s.Error = silo.Failed, "the database server "+cmp.Or(db.broken(), "is "+db.State.Status)
	case app.runs():
		s.Phase, s.App, s.Since = silo.Waiting, app.State.Pid, app.State.StartedAt
		if app.State.Health.Status == "healthy" {
			s.Phase = silo.Running
		}
	case prepared.broken() != "":
		s.Phase, s.Error, s.Since = silo.Failed, "what prepares the database "+prepared.broken(), prepared.State.StartedAt
	case db.broken() != "":
		s.Phase, s.Error, s.Since = silo.Failed, "the database server "+db.broken(), db.State.StartedAt
	}
	return s
}

// runs is false for one that ended and is about to be started again, whatever the
// engine's Running says.
func (c container) runs() bool { return c.State.Status == "running" }

// broken says what is wrong with a container, or nothing. One that was told to end is
// not broken.
func (c container) broken() string {
	switch {
	case c.State.Status == "restarting":
		return fmt.Sprintf("ended with exit code %d and is started again", c.State.ExitCode)
	case c.State.Health.Status == "unhealthy" && c.runs():
		return "does not answer: " + c.said()
	case c.State.Status == "exited" && c.State.ExitCode != 0 && !c.told():
		return strings.TrimSpace(fmt.Sprintf("ended with exit code %d %s", c.State.ExitCode, c.State.Error))
	case c.State.Status == "created" && c.State.Error != "":
		return "could not be started: " + c.State.Error
	}
	return ""
}

// told reports whether a container ended by SIGTERM or SIGKILL.
func (c container) told() bool {
	const (
		terminated = 128 + 15
		killed     = 128 + 9
	)
	return c.State.ExitCode == terminated || c.State.ExitCode == killed
}

// said is what the last health check printed.
func (c container) said() string {
	if n := len(c.State.Health.Log); n > 0 {
		return strings.TrimSpace(c.State.Health.Log[n-1].Output)
	}
	return ""
}
