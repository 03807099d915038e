package compose

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/rowhouse-go/rowhouse/silo"
)

const (
	inside  = "/run/secrets"      // where Compose puts secrets
	storage = "/var/lib/rowhouse" // what no image has, so that nothing lies below the volume
	volume  = "data"
	pgPort  = "5432"
	webPort = "8000"
	listens = "0.0.0.0:" + webPort
	owner   = "postgres"
)

// plan is all that decides what a stack's file says.
type plan struct {
	Options
	stack silo.Stack
	place place
	ports ports
	// version changes when something does that the file does not show: containers of
	// another version are made anew.
	version string
}

const headline = `# Made by rowhouse silo up, which writes it anew. Values are in rowhouse.yaml.
# docker compose -p %s -f %s ps
`

// render writes the Compose file.
func (p plan) render() ([]byte, error) {
	var text bytes.Buffer
	fmt.Fprintf(&text, headline, project(p.stack.ID), file)
	f := composeFile{
		Services: services{Database: p.database(), Web: p.web()},
		Volumes:  map[string]struct{}{volume: {}},
		Secrets:  map[string]secretFile{},
	}
	if p.prepares() {
		before := p.migrate()
		f.Services.Migrate = &before
	}
	for _, name := range append([]string{passwordFile}, p.secrets()...) {
		f.Secrets[name] = secretFile{word(p.place.path(secretsDir, name))}
	}
	body, err := yaml.MarshalWithOptions(f, yaml.IndentSequence(true))
	text.Write(body)
	return text.Bytes(), err
}

func (p plan) prepares() bool { return len(p.stack.Prepare) > 0 }

// services are what the file has.
func (p plan) services() []string {
	if p.prepares() {
		return []string{database, migrate, web}
	}
	return []string{database, web}
}

// secrets are the files that the stack's programs read.
func (p plan) secrets() []string {
	return append([]string{passFile}, slices.Sorted(maps.Keys(p.stack.Files))...)
}

func (p plan) database() service {
	const (
		memory = "512m"
		grace  = "1m"
	)
	s := p.service(p.databaseImage(), p.DatabaseLimits, memory)
	s.Restart = always
	s.StopSignal, s.StopGracePeriod = "SIGINT", grace // PostgreSQL's fast shutdown
	s.ShmSize = "256m"                                // for queries in parallel; the usual 64m is not enough
	s.Environment = map[string]string{
		"PGDATA": storage + "/pg", "POSTGRES_USER": owner, "POSTGRES_PASSWORD_FILE": inside + "/" + passwordFile,
	}
	s.Secrets = []string{passwordFile}
	s.Volumes = []mount{{Type: "volume", Source: volume, Target: storage}}
	s.Ports = []string{p.ports.database() + ":" + pgPort}
	// By TCP: while the official image makes the cluster, its server has a socket alone.
	s.Healthcheck = &healthcheck{
		Test:     []word{"CMD", "pg_isready", "-q", "-h", "127.0.0.1", "-U", owner},
		Interval: "2s", Timeout: "5s", Retries: 5, StartPeriod: "2m",
	}
	return s
}

func (p plan) migrate() service {
	s := p.application(p.stack.Prepare)
	s.Restart = "no"
	s.DependsOn = map[string]dependency{database: {"service_healthy"}}
	return s
}

func (p plan) web() service {
	s := p.application(p.stack.App)
	s.Restart = always
	s.Ports = []string{p.ports.web() + ":" + webPort}
	s.DependsOn = map[string]dependency{database: {"service_healthy"}}
	if p.prepares() {
		s.DependsOn[migrate] = dependency{"service_completed_successfully"}
	}
	if len(p.Check) > 0 {
		url := "http://127.0.0.1:" + webPort + "/" + strings.TrimPrefix(p.stack.Health, "/")
		s.Healthcheck = &healthcheck{
			Test:     quoted(slices.Concat([]string{"CMD"}, p.Check, []string{url})),
			Interval: "5s", Timeout: "6s", Retries: 3, StartPeriod: "2m",
		}
	}
	s.Labels[healthLabel] = word(p.stack.Health)
	return s
}

// application is what migrate and web have in common.
func (p plan) application(command []string) service {
	const memory = "256m"
	s := p.service(p.Image, p.Limits, memory)
	if len(command) > 0 { // whatever the image's entrypoint is
		line := quoted(filled(command))
		s.Entrypoint, s.Command = line[:1], line[1:]
	}
	url := silo.DatabaseURL(database + ":" + pgPort)
	s.Environment = map[string]string{
		"DATABASE_URL": url, "ROWHOUSE_DATABASE_URL": url, "PGPASSFILE": inside + "/" + passFile,
		"ROWHOUSE_SILO": p.stack.ID.String(), "ROWHOUSE_ADDR": listens, "PORT": webPort,
	}
	s.Secrets = p.secrets()
	for _, folder := range p.stack.Folders {
		s.Volumes = append(s.Volumes, mount{Type: "bind", Source: word(folder), Target: word(folder), ReadOnly: true})
	}
	return s
}

// service is what all have in common.
func (p plan) service(image string, l Limits, memory string) service {
	const processes = 512
	bytes := word(cmp.Or(l.Memory, memory))
	return service{
		Image: word(image), MemLimit: bytes, MemswapLimit: bytes, CPUs: cmp.Or(l.CPUs, 1), PidsLimit: processes,
		SecurityOpt: []string{"no-new-privileges:true"},
		Logging:     logging{"json-file", map[string]string{"max-size": "8m", "max-file": "2"}},
		Labels:      map[string]word{versionLabel: word(p.version)},
	}
}

// filled puts the containers' values into a command.
func filled(command []string) []string {
	fill := strings.NewReplacer("{dir}", inside, "{addr}", listens)
	line := make([]string, len(command))
	for i, text := range command {
		line[i] = fill.Replace(text)
	}
	return line
}
