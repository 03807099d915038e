package compose

import (
	"encoding/json"
	"strings"
)

// word is a value that somebody else chose. It is always in quotes, in which YAML
// reads every JSON string as it is, and Compose finds no variable in it.
type word string

// MarshalYAML quotes and escapes.
func (w word) MarshalYAML() ([]byte, error) {
	return json.Marshal(strings.ReplaceAll(string(w), "$", "$$"))
}

func quoted(line []string) []word {
	words := make([]word, len(line))
	for i, text := range line {
		words[i] = word(text)
	}
	return words
}

// The part of the Compose file format that is used here: what Docker Compose 1.29 and
// all later ones understand.
type (
	composeFile struct {
		Services services              `yaml:"services"`
		Volumes  map[string]struct{}   `yaml:"volumes"`
		Secrets  map[string]secretFile `yaml:"secrets"`
	}
	services struct {
		Database service  `yaml:"database"`
		Migrate  *service `yaml:"migrate,omitempty"` // where there is something to prepare
		Web      service  `yaml:"web"`
	}
	service struct {
		Image           word                  `yaml:"image"`
		Entrypoint      []word                `yaml:"entrypoint,omitempty"`
		Command         []word                `yaml:"command,omitempty"`
		Restart         string                `yaml:"restart"`
		StopSignal      string                `yaml:"stop_signal,omitempty"`
		StopGracePeriod string                `yaml:"stop_grace_period,omitempty"`
		DependsOn       map[string]dependency `yaml:"depends_on,omitempty"`
		Environment     map[string]string     `yaml:"environment"`
		Secrets         []string              `yaml:"secrets"`
		Volumes         []mount               `yaml:"volumes,omitempty"`
		Ports           []string              `yaml:"ports,omitempty"`
		Healthcheck     *healthcheck          `yaml:"healthcheck,omitempty"`
		MemLimit        word                  `yaml:"mem_limit"`
		MemswapLimit    word                  `yaml:"memswap_limit"` // the same: no swap besides
		ShmSize         string                `yaml:"shm_size,omitempty"`
		CPUs            float64               `yaml:"cpus"`
		PidsLimit       int                   `yaml:"pids_limit"`
		SecurityOpt     []string              `yaml:"security_opt"`
		Logging         logging               `yaml:"logging"`
		Labels          map[string]word       `yaml:"labels"`
	}
	dependency struct {
		Condition string `yaml:"condition"`
	}
	mount struct {
		Type     string `yaml:"type"`
		Source   word   `yaml:"source"`
		Target   word   `yaml:"target"`
		ReadOnly bool   `yaml:"read_only,omitempty"`
	}
	healthcheck struct {
		Test        []word `yaml:"test"`
		Interval    string `yaml:"interval"`
		Timeout     string `yaml:"timeout"`
		Retries     int    `yaml:"retries"`
		StartPeriod string `yaml:"start_period"`
	}
	logging struct {
		Driver  string            `yaml:"driver"`
		Options map[string]string `yaml:"options"`
	}
	secretFile struct {
		File word `yaml:"file"`
	}
)

const (
	always       = "unless-stopped"
	versionLabel = "rowhouse.version"
	healthLabel  = "rowhouse.health"
)
