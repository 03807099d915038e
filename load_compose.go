package rowhouse

import (
	"cmp"
	"fmt"
	"regexp"
)

// Runtime is what runs the stacks of silos.
type Runtime string

// The runtimes.
const (
	// ProcessRuntime runs a PostgreSQL that is installed, and the application, as
	// processes of this machine.
	ProcessRuntime Runtime = "process"
	// ComposeRuntime runs containers, by Docker Compose.
	ComposeRuntime Runtime = "compose"
)

// Compose is what the containers of silos are made of.
type Compose struct {
	// Image holds the application, and the program rowhouse.
	Image string
	// DatabaseImage is PostgreSQL's; empty is a usual one.
	DatabaseImage string
	// Rowhouse is where in Image the program rowhouse is: it prepares the database and
	// asks the application how it is.
	Rowhouse string
	// Limits bound the application, DatabaseLimits the database server.
	Limits, DatabaseLimits Limits
}

// Limits bound a container; what is zero has a usual value.
type Limits struct {
	// Memory is a number of bytes, or with k, m or g after it, of their multiples by 1024.
	Memory string
	// CPUs is how many of them it may use: 0.5 is half of one.
	CPUs float64
}

// fileCompose is silo.compose in rowhouse.yaml.
type fileCompose struct {
	Image          string     `yaml:"image"`
	DatabaseImage  string     `yaml:"database_image"`
	Rowhouse       string     `yaml:"rowhouse"`
	Limits         fileLimits `yaml:"limits"`
	DatabaseLimits fileLimits `yaml:"database_limits"`
}

type fileLimits struct {
	Memory string  `yaml:"memory"`
	CPUs   float64 `yaml:"cpus"`
}

// runtime reads what runs the stacks.
func (f fileSilo) runtime() (Runtime, Compose, error) {
	c := Compose{Image: f.Compose.Image, DatabaseImage: f.Compose.DatabaseImage, Rowhouse: cmp.Or(f.Compose.Rowhouse, "/rowhouse")}
	var err error
	if c.Limits, err = f.Compose.Limits.limits("limits"); err != nil {
		return "", c, err
	}
	if c.DatabaseLimits, err = f.Compose.DatabaseLimits.limits("database_limits"); err != nil {
		return "", c, err
	}
	switch r := Runtime(cmp.Or(f.Runtime, string(ProcessRuntime))); r {
	case ProcessRuntime, ComposeRuntime:
		return r, c, nil
	default:
		return r, c, fmt.Errorf("silo.runtime is %q: use process or compose", r)
	}
}

func (f fileLimits) limits(key string) (Limits, error) {
	amount := regexp.MustCompile(`^[0-9]+[bkmg]?$`)
	switch {
	case f.Memory != "" && !amount.MatchString(f.Memory):
		return Limits{}, fmt.Errorf("silo.compose.%s.memory is %q: write it as 256m or 1g", key, f.Memory)
	case f.CPUs < 0:
		return Limits{}, fmt.Errorf("silo.compose.%s.cpus is %v: use a number such as 0.5", key, f.CPUs)
	}
	return Limits(f), nil
}
