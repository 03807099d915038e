package rowhouse

import (
	"fmt"
	"path/filepath"
)

// Silo is what the configuration says about tenants of the level silo.
type Silo struct {
	Proxy Proxy
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
	Proxy struct {
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
	s := Silo{Proxy: Proxy{Upstream: f.Proxy.Upstream, Listen: f.Proxy.Listen, ListenTLS: f.Proxy.ListenTLS}}
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
