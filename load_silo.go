package rowhouse

import (
	"fmt"
	"path/filepath"
	"time"
)

// Silo is what the configuration says about tenants of the level silo.
type Silo struct {
	// Dir holds a folder for each silo, an absolute path.
	Dir string
	// App is the command of the application; {addr} stands for the address that it
	// must listen on, {dir} for the silo's folder, where rowhouse.yaml is the silo's.
	App []string
	// Health is the path that tells whether the application works; empty means "/".
	Health string
	// Hidden are environment variables that the runtime "process" keeps from silos: those
	// that make up the servers' URLs.
	Hidden []string
	// Runtime is what runs the stacks.
	Runtime Runtime
	// IdleStop is for how long nobody may ask a silo before rowhouse silo watch stops it;
	// zero is for ever.
	IdleStop time.Duration
	// Compose is for the runtime of that name.
	Compose Compose
	Proxy   Proxy
}

// Proxy is the front proxy, whose configuration rowhouse proxy config writes.
type Proxy struct {
	// Upstream is the shared application as "host:port".
	Upstream string
	// Listen and ListenTLS are ports, or addresses with ports; empty means 80 and 443.
	Listen, ListenTLS []string
	// Certificates are PEM files by host; "*.example.com" is a wildcard.
	Certificates map[string]Certificate
}

// Certificate is a certificate's file and that of its key.
type Certificate struct {
	File, Key string
}

// fileSilo is silo in rowhouse.yaml.
type fileSilo struct {
	Dir string `yaml:"dir"`
	App struct {
		Command []string `yaml:"command"`
		Health  string   `yaml:"health"`
	} `yaml:"app"`
	Runtime  string      `yaml:"runtime"`
	IdleStop string      `yaml:"idle_stop"`
	Compose  fileCompose `yaml:"compose"`
	Proxy    struct {
		Upstream     string                     `yaml:"upstream"`
		Listen       []string                   `yaml:"listen"`
		ListenTLS    []string                   `yaml:"listen_tls"`
		Certificates map[string]fileCertificate `yaml:"certificates"`
	} `yaml:"proxy"`
}

type fileCertificate struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

func (f fileSilo) config(dir string) (Silo, error) {
	s := Silo{App: f.App.Command, Health: f.App.Health}
	s.Proxy = Proxy{Upstream: f.Proxy.Upstream, Listen: f.Proxy.Listen, ListenTLS: f.Proxy.ListenTLS}
	var err error
	if s.Runtime, s.Compose, err = f.runtime(); err != nil {
		return s, err
	}
	if s.IdleStop, err = f.idleStop(); err != nil {
		return s, err
	}
	if s.Dir, err = filepath.Abs(folder(dir, f.Dir, ".rowhouse/silos")); err != nil {
		return s, err
	}
	for host, c := range f.Proxy.Certificates {
		if c.Certificate == "" || c.Key == "" {
			return s, fmt.Errorf("silo.proxy.certificates: %s: name both files, certificate and key", host)
		}
		if s.Proxy.Certificates == nil {
			s.Proxy.Certificates = map[string]Certificate{}
		}
		file, err := filepath.Abs(folder(dir, c.Certificate, ""))
		if err != nil {
			return s, err
		}
		key, err := filepath.Abs(folder(dir, c.Key, ""))
		if err != nil {
			return s, err
		}
		s.Proxy.Certificates[host] = Certificate{File: file, Key: key}
	}
	return s, nil
}

func (f fileSilo) idleStop() (time.Duration, error) {
	const shortest = 20 * time.Second // a few health checks
	if f.IdleStop == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(f.IdleStop)
	if err != nil || d < shortest {
		return 0, fmt.Errorf("silo.idle_stop is %q: use a duration such as 30m, at least %s", f.IdleStop, shortest)
	}
	return d, nil
}
