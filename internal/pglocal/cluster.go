package pglocal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"
	"syscall"
)

// Cluster is a running server of ours.
type Cluster struct {
	home      *home
	server    *server
	port      int
	password  string
	throwaway bool
	stop      sync.Once
	stopped   error
}

// Start makes the cluster where it does not exist yet, and runs it. It returns when
// the server takes connections. Errors: [*NotFoundError], [*DirError], [*DiedError].
// The context limits the start, not the server's life.
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	opts = opts.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, opts.StartTimeout)
	defer cancel()
	place, as, with, err := settle(ctx, opts)
	if err != nil {
		return nil, err
	}
	started, err := startIn(ctx, place, as, with, opts)
	if err != nil {
		return nil, errors.Join(err, place.close())
	}
	return started, nil
}

// settle finds a directory, an account that may use it and programs that fit it.
func settle(ctx context.Context, opts Options) (*home, account, Installation, error) {
	if opts.Dir == "" {
		return settleTemp(ctx, opts)
	}
	place, err := openHome(opts.Dir)
	if err != nil {
		return nil, account{}, Installation{}, err
	}
	with, err := installation(ctx, place.major(), opts)
	if err != nil {
		return nil, account{}, with, errors.Join(err, place.close())
	}
	as, err := serverAccount(ownerOf(place.path("PG_VERSION")))
	if err != nil {
		return nil, as, with, errors.Join(err, place.close())
	}
	return place, as, with, nil
}

func settleTemp(ctx context.Context, opts Options) (*home, account, Installation, error) {
	with, err := installation(ctx, "", opts)
	if err != nil {
		return nil, account{}, with, err
	}
	as, err := serverAccount(-1)
	if err != nil {
		return nil, as, with, err
	}
	var preferred []string
	if opts.Memory {
		preferred = memory()
	}
	place, err := tempHome(ctx, as, preferred...)
	return place, as, with, err
}

// installation finds programs of the wanted major version, or has them downloaded.
func installation(ctx context.Context, major string, opts Options) (Installation, error) {
	with, err := find(major, []string{opts.Bin})
	if err == nil || opts.Download == nil {
		return with, err
	}
	if with, err = opts.Download(ctx); err != nil {
		return Installation{}, fmt.Errorf("download PostgreSQL: %w", err)
	}
	if major != "" && with.Major() != major {
		return Installation{}, &NotFoundError{Major: major}
	}
	return with, nil
}

// startIn fills the home where it is empty and runs the server in it.
func startIn(ctx context.Context, place *home, as account, with Installation, opts Options) (*Cluster, error) {
	if err := place.ready(ctx, as, with, opts.Throwaway); err != nil {
		return nil, err
	}
	password, err := place.password()
	if err != nil {
		return nil, &DirError{Dir: place.dir, Reason: fmt.Sprintf("has a password file that cannot be read: %v", err), Err: err}
	}
	c := &Cluster{home: place, password: password, throwaway: opts.Throwaway}
	return c, c.run(ctx, as, with, opts)
}

// run starts the server on a free port. Between our look at the port and the
// server's another program can take it, so it tries a few.
func (c *Cluster) run(ctx context.Context, as account, with Installation, opts Options) error {
	const tries = 3
	for try := 1; ; try++ {
		port, err := opts.Port()
		if err != nil {
			return err
		}
		cmd := as.command(context.WithoutCancel(ctx), with.Program("postgres"), opts.arguments(c.home.dir, port)...)
		if c.server, err = launch(cmd, &tail{next: opts.Log}); err != nil {
			return err
		}
		c.port = port
		err = c.server.awaitReady(ctx, c.home.dir)
		if err == nil {
			return nil
		}
		if !errors.Is(err, ErrDied) {
			return errors.Join(err, c.server.stop(ctx, immediateShutdown))
		}
		if try == tries || !taken(port) {
			return err
		}
	}
}

// FreePort returns a port on which nobody listens now.
func FreePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}

func taken(port int) bool {
	listener, err := net.Listen("tcp", address(port))
	if err != nil {
		return true
	}
	listener.Close()
	return false
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// URL connects to a database as the superuser.
func (c *Cluster) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Host: address(c.port), Path: "/" + database, RawQuery: "sslmode=disable"}
	if c.password != "" {
		u.User = url.UserPassword(superuser, c.password)
	}
	return u.String()
}

// PID is the server's process, 0 once it has ended.
func (c *Cluster) PID() int { return readPidFile(c.home.dir).pid }

// Dir is the data directory.
func (c *Cluster) Dir() string { return c.home.dir }

// SocketDir is where the server's Unix socket is, or "" where its path would be too
// long for one.
func (c *Cluster) SocketDir() string { return socketDir(c.home.dir) }

// Done is closed when the server has ended, asked or not.
func (c *Cluster) Done() <-chan struct{} { return c.server.done }

// Log is the end of what the server logged.
func (c *Cluster) Log() string { return c.server.log.String() }

// Stop ends the server: it writes everything and ends, or is forced to when ctx is
// over. A temporary data directory is removed. Further calls return the same.
func (c *Cluster) Stop(ctx context.Context) error {
	c.stop.Do(func() {
		signals := []syscall.Signal{fastShutdown, immediateShutdown}
		if c.throwaway && c.home.temp != "" {
			signals = signals[1:] // nothing to write
		}
		if err := c.server.stop(ctx, signals...); err != nil {
			c.stopped = fmt.Errorf("stop PostgreSQL in %s: %w", c.home.dir, err)
		}
		c.stopped = errors.Join(c.stopped, c.home.close())
	})
	return c.stopped
}
