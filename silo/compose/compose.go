// Package compose runs the stacks of silos with Docker Compose: for each tenant a
// project of its own, with a database server, a one-shot program that prepares it, and
// the application. Docker keeps them running; this package writes what they are.
//
// It works through the docker command, and docker compose or docker-compose.
package compose

import (
	"cmp"
	"path/filepath"

	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Stacks is a [silo.Runtime]. In a stack's commands {dir} is where a container has the
// stack's files, and {addr} is port 8000 of all its addresses.
type Stacks struct {
	// Dir, an absolute path, holds a directory for each stack: what was generated for
	// it, and its password. The data are in a volume.
	Dir string
	Options
}

var _ silo.Runtime = (*Stacks)(nil)

// Options say what the containers are made of.
type Options struct {
	// Image holds the application and what prepares the database.
	Image string
	// DatabaseImage is PostgreSQL's. It takes POSTGRES_PASSWORD_FILE and PGDATA as the
	// official image does. Empty is [DefaultDatabaseImage].
	DatabaseImage string
	// Check is a program of Image that fails where the URL, its last argument, does
	// not answer well. Empty is no health check inside the container.
	Check []string
	// Limits bound the application, and what prepares the database; DatabaseLimits
	// bound the database server.
	Limits, DatabaseLimits Limits
}

// DefaultDatabaseImage is what runs where [Options].DatabaseImage is empty.
const DefaultDatabaseImage = "postgres:17"

// Limits bound a container. What is zero has a usual value.
type Limits struct {
	Memory string  // as Compose writes it: 256m, 1g
	CPUs   float64 // 0.5 is half of one
}

// Services of a stack, which are the names of its logs too.
const (
	database = "database"
	migrate  = "migrate"
	web      = "web"
)

// LogNames are the logs of a stack, in the order in which they begin.
func (r *Stacks) LogNames() []string { return []string{database, migrate, web} }

// project is the name that Docker Compose knows a stack by.
func project(id tenant.ID) string { return "rowhouse-" + id.String() }

// place is a stack's directory.
type place string

func (r *Stacks) place(id tenant.ID) place { return place(filepath.Join(r.Dir, id.String())) }

func (p place) path(names ...string) string {
	return filepath.Join(append([]string{string(p)}, names...)...)
}

// Files of a stack. What is in secrets is readable for all, because a container's user
// may be any; but nobody else can enter the directory.
const (
	lockFile   = "compose.lock"
	file       = "compose.yaml"
	portsFile  = "ports.json"
	hostPass   = "pgpass"
	secretsDir = "secrets"

	passwordFile = "password" // the database server's
	passFile     = "pgpass"   // the application's
)

const (
	private  = 0o600
	mounted  = 0o444
	personal = 0o700
)

func (o Options) databaseImage() string { return cmp.Or(o.DatabaseImage, DefaultDatabaseImage) }
