// Package portbook gives ports of this machine to silos, and none to two of them: what
// was led to a silo's address by a proxy, or by a program that remembers it, finds that
// silo there or nobody, also while the silo is down and after it was removed.
package portbook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/wholefile"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Uses of a port.
const (
	App      = "app"
	Database = "database"
)

// Book is the file of a folder of silos in which their ports are written down.
type Book struct{ dir string }

// In returns the book of a folder that holds a folder for each silo.
func In(dir string) Book { return Book{dir} }

const (
	bookFile = ".ports.json"
	lockFile = ".ports.lock"
)

// given says whose a port is. In a book they stand in the order in which they were
// last given.
type given struct {
	Port int       `json:"port"`
	Silo tenant.ID `json:"silo"`
	Use  string    `json:"use"`
}

// Take returns a port that nobody listens on: the one that the silo had last for this
// use, or an earlier one of it, or one that no silo in the book ever had. It is written
// down before it is returned.
func (b Book) Take(silo tenant.ID, use string) (int, error) {
	port, err := b.take(silo, use)
	if err != nil {
		return 0, fmt.Errorf("a port for silo %s: %w", silo, err)
	}
	return port, nil
}

func (b Book) take(silo tenant.ID, use string) (int, error) {
	held, err := b.lock()
	if err != nil {
		return 0, err
	}
	defer held.Close()
	all, err := b.read()
	if err != nil {
		return 0, err
	}
	port, err := choose(all, silo, use)
	if err != nil || len(all) > 0 && all[len(all)-1] == (given{port, silo, use}) {
		return port, err
	}
	all = slices.DeleteFunc(all, func(g given) bool { return g.Port == port })
	return port, b.write(b.trimmed(append(all, given{port, silo, use})))
}

// Ports returns the ports that a silo ever had for a use, the last one first.
func (b Book) Ports(silo tenant.ID, use string) ([]int, error) {
	all, err := b.read()
	if err != nil {
		return nil, fmt.Errorf("the ports of silo %s: %w", silo, err)
	}
	var ports []int
	for _, g := range slices.Backward(all) {
		if g.Silo == silo && g.Use == use {
			ports = append(ports, g.Port)
		}
	}
	return ports, nil
}

// choose prefers what the silo had.
func choose(all []given, silo tenant.ID, use string) (int, error) {
	for _, g := range slices.Backward(all) {
		if g.Silo == silo && g.Use == use && Free(g.Port) {
			return g.Port, nil
		}
	}
	const tries = 1000
	for range tries {
		port, err := pglocal.FreePort()
		if err != nil || !slices.ContainsFunc(all, func(g given) bool { return g.Port == port }) {
			return port, err
		}
	}
	return 0, errors.New("all that are free were another silo's")
}

// trimmed forgets the ports of silos that were removed, oldest first, once there are so
// many that the machine would run out.
func (b Book) trimmed(all []given) []given {
	const most = 4096
	excess := len(all) - most
	if excess <= 0 {
		return all
	}
	return slices.DeleteFunc(all, func(g given) bool {
		if excess <= 0 {
			return false
		}
		_, err := os.Stat(filepath.Join(b.dir, g.Silo.String()))
		gone := errors.Is(err, fs.ErrNotExist)
		if gone {
			excess--
		}
		return gone
	})
}

// Free reports whether nobody listens on a port of this machine.
func Free(port int) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	return err == nil && listener.Close() == nil
}

// lock waits for others, who are at it for a moment.
func (b Book) lock() (*os.File, error) {
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return pglocal.WaitLock(ctx, filepath.Join(b.dir, lockFile))
}

func (b Book) read() (all []given, err error) {
	path := filepath.Join(b.dir, bookFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

func (b Book) write(all []given) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return wholefile.Write(filepath.Join(b.dir, bookFile), append(text, '\n'), 0o600)
}
