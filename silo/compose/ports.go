package compose

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rowhouse-go/rowhouse/internal/portbook"
	"github.com/rowhouse-go/rowhouse/internal/wholefile"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// ports are where this machine reaches a stack. They stay, so that the proxy's routes
// do; only one that somebody else took meanwhile changes.
type ports struct {
	Database int `json:"database"`
	Web      int `json:"web"`
}

func (p ports) database() string { return loopback(p.Database) }
func (p ports) web() string      { return loopback(p.Web) }

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// ports reads what choose wrote last.
func (p place) ports() (got ports, err error) {
	text, err := os.ReadFile(p.path(portsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return ports{}, nil
	}
	if err != nil {
		return ports{}, err
	}
	if err := json.Unmarshal(text, &got); err != nil {
		return ports{}, fmt.Errorf("%s: %w", p.path(portsFile), err)
	}
	return got, nil
}

// choose returns the stack's ports. Those of running containers are theirs; others
// must be free, and never were another stack's.
func (p place) choose(id tenant.ID, running containers) (ports, error) {
	got, err := p.ports()
	if err != nil {
		return got, err
	}
	was := got
	book := portbook.In(filepath.Dir(string(p)))
	for _, one := range []struct {
		service, use string
		port         *int
	}{{database, portbook.Database, &got.Database}, {web, portbook.App, &got.Web}} {
		if *one.port != 0 && running.of(one.service).runs() {
			continue
		}
		if *one.port, err = book.Take(id, one.use); err != nil {
			return got, err
		}
	}
	if got == was {
		return got, nil
	}
	text, err := json.Marshal(got)
	if err != nil {
		return got, err
	}
	return got, wholefile.Write(p.path(portsFile), append(text, '\n'), private)
}
