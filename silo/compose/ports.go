package compose

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/wholefile"
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
// must be free.
func (p place) choose(running containers) (ports, error) {
	got, err := p.ports()
	if err != nil {
		return got, err
	}
	was := got
	for name, port := range map[string]*int{database: &got.Database, web: &got.Web} {
		if *port != 0 && (running.of(name).runs() || isFree(*port)) {
			continue
		}
		if *port, err = pglocal.FreePort(); err != nil {
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

func isFree(port int) bool {
	listener, err := net.Listen("tcp", loopback(port))
	return err == nil && listener.Close() == nil
}
