package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/isolation"
	silolevel "github.com/rowhouse-go/rowhouse/isolation/silo"
	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/silo/compose"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// silos are the stacks of this installation.
type silos struct {
	stacks
	program string // where a stack's programs find rowhouse
	config  rowhouse.Config
	file    string // the configuration's, or empty
	err     error  // why no stack can be brought up
}

// stacks is what operators do with them, whatever runs them.
type stacks interface {
	silo.Runtime
	Remove(ctx context.Context, id tenant.ID) error
	URL(ctx context.Context, id tenant.ID) (string, error)
	LogNames() []string
	Log(w io.Writer, id tenant.ID, name string, most int64) error
	sleepers
}

// sleepers are stacks that can be put to sleep while nobody uses them.
type sleepers interface {
	LastUse(ctx context.Context, id tenant.ID) (at time.Time, known bool, err error)
	Sleep(ctx context.Context, id tenant.ID) error
	Asleep(id tenant.ID) (address string, asleep bool, err error)
}

// reachSilos lets a house find the database servers of its silos. One that is down is
// brought up by whatever needs it.
func (c *cli) reachSilos(ctx context.Context, config *rowhouse.Config) {
	c.silos = newSilos(*config, c.file)
	elsewhere(ctx, config, c.silos.reach)
}

// findSilos is reachSilos for who only looks: what is down stays so.
func (c *cli) findSilos(ctx context.Context, config *rowhouse.Config) {
	c.silos = newSilos(*config, c.file)
	elsewhere(ctx, config, c.silos.URL)
}

func elsewhere(ctx context.Context, config *rowhouse.Config, find func(context.Context, tenant.ID) (string, error)) {
	config.Elsewhere = func(name string) (rowhouse.Server, error) {
		id, ok := silolevel.TenantOf(name)
		if !ok {
			return rowhouse.Server{}, fmt.Errorf("name it under servers in %s", configFile)
		}
		url, err := find(ctx, id)
		return rowhouse.Server{URL: url, MaxConns: 4}, err
	}
}

func newSilos(config rowhouse.Config, file string) *silos {
	s := &silos{config: config, file: file}
	if config.Silo.Runtime == rowhouse.ComposeRuntime {
		s.program = config.Silo.Compose.Rowhouse
		s.stacks = &compose.Stacks{Dir: config.Silo.Dir, Options: containers(config.Silo.Compose)}
		return s
	}
	s.program, s.err = os.Executable()
	s.stacks = &silo.Processes{Dir: config.Silo.Dir, Supervisor: []string{s.program, "silo", "supervise"}, Hidden: config.Silo.Hidden}
	return s
}

func containers(c rowhouse.Compose) compose.Options {
	return compose.Options{
		Image: c.Image, DatabaseImage: c.DatabaseImage, Check: []string{c.Rowhouse, "silo", "healthy"},
		Limits: compose.Limits(c.Limits), DatabaseLimits: compose.Limits(c.DatabaseLimits),
	}
}

// reach returns the URL of a silo's database.
func (s *silos) reach(ctx context.Context, id tenant.ID) (string, error) {
	url, err := s.URL(ctx, id)
	if !errors.Is(err, silo.ErrDown) {
		return url, err
	}
	if _, err := s.up(ctx, id); err != nil {
		return "", err
	}
	return s.URL(ctx, id)
}

// up brings a silo up as the configuration says.
func (s *silos) up(ctx context.Context, id tenant.ID) (silo.State, error) {
	stack, err := s.stack(id)
	if err != nil {
		return silo.State{}, err
	}
	return s.Up(ctx, stack)
}

// startable refuses before anything is begun what no silo can do without.
func (s *silos) startable() error {
	switch {
	case !onPostgres(s.config):
		return &isolation.LackError{Level: tenant.Silo, Has: []tenant.Level{tenant.Database}}
	case s.config.Silo.Runtime == rowhouse.ComposeRuntime && s.config.Silo.Compose.Image == "":
		return usagef("there is no image for silos: set silo.compose.image in %s", configFile)
	case s.config.Silo.Runtime == rowhouse.ComposeRuntime: // the image's own command will do
	case len(s.config.Silo.App) == 0:
		return usagef(`there is no application for silos: set silo.app.command in %s, as in ["/opt/polls", serve, --addr, "{addr}", --config, "{dir}/%s"]`, configFile, configFile)
	}
	return s.err
}

// stack is what a silo runs. What prepares it is this program: the registry, the
// ledger and the migrations of the silo's own server.
func (s *silos) stack(id tenant.ID) (silo.Stack, error) {
	if err := s.startable(); err != nil {
		return silo.Stack{}, err
	}
	text, folders, err := siloConfig(s.file)
	if err != nil {
		return silo.Stack{}, fmt.Errorf("the configuration of silo %s: %w", id, err)
	}
	return silo.Stack{
		ID:      id,
		Prepare: []string{s.program, "--config", "{dir}/" + configFile, "silo", "prepare"},
		App:     s.config.Silo.App, Health: s.config.Silo.Health,
		Files: map[string]string{configFile: text}, Folders: folders,
	}, nil
}
