package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"syscall"
	"time"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pglocal/download"
	"github.com/rowhouse-go/rowhouse/resolve"
)

// demo is a demo that is being started or runs.
type demo struct {
	c        *cli
	listener net.Listener
	folder   folder
	engine   string
	level    string           // of the tenants
	cluster  *pglocal.Cluster // nil on SQLite
	house    *rowhouse.House
}

// demo serves until ctx ends. Whatever it started is stopped when it returns.
func (c *cli) demo(ctx context.Context, o demoOptions) (err error) {
	d := &demo{c: c}
	// The port comes first: where it is taken nothing has to be stopped again.
	if d.listener, err = listen(ctx, o.addr); err != nil {
		return err
	}
	defer d.listener.Close()
	if d.folder, err = openFolder(o.dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.folder.close()) }()
	var why string
	if d.engine, why, err = o.chooseEngine(d.folder, found); err != nil {
		return err
	}
	if why != "" {
		c.say("%s", why)
	}
	if d.level, err = o.level(d.engine); err != nil {
		return err
	}
	if d.engine == enginePostgres {
		c.say("starting PostgreSQL …")
		if d.cluster, err = startCluster(ctx, d.folder.data(), o.download); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, d.stopCluster(ctx)) }()
	}
	vacate, err := d.occupy(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, vacate()) }()
	if err := d.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closing(d.house.Close())) }()
	return d.run(ctx)
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use: stop the program that listens there, or choose another port with --addr", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	return listener, nil
}

func startCluster(ctx context.Context, dir string, fetch bool) (*pglocal.Cluster, error) {
	options := pglocal.Options{Dir: dir}
	if fetch {
		options.Download = download.Installation
	}
	cluster, err := pglocal.Start(ctx, options)
	if errors.Is(err, pglocal.ErrNotFound) && !fetch {
		return nil, fmt.Errorf("%w, or let rowhouse demo --download bring one", err)
	}
	return cluster, err
}

func (d *demo) stopCluster(ctx context.Context) error {
	const patience = 15 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return d.cluster.Stop(ctx)
}

// found reports whether there is a PostgreSQL to start.
func found() bool {
	_, err := pglocal.Find()
	return err == nil
}

// ended is closed when the database ends by itself, as files never do.
func (d *demo) ended() <-chan struct{} {
	if d.cluster == nil {
		return nil
	}
	return d.cluster.Done()
}

// demoRole is who serves: it is subject to policies, where tenants share their tables.
const demoRole = "polls_app"

// values are what the demo's configuration says. Its role has the password of the
// server's owner: both are in one file that only the user may read.
func (d *demo) values() (configValues, error) {
	if d.cluster == nil {
		return configValues{Level: d.level, Engine: d.engine, URL: engineSQLite}, nil // beside the file
	}
	v := configValues{Level: d.level, URL: d.cluster.URL("postgres"), AppRole: demoRole}
	owner, err := url.Parse(v.URL)
	if err != nil {
		return v, err
	}
	password, _ := owner.User.Password()
	owner.User = url.UserPassword(demoRole, password)
	v.AppURL = owner.String()
	v.SiloApp, err = siloApp()
	return v, err
}

// open writes the folder's files and opens the house as any program would.
func (d *demo) open(ctx context.Context) error {
	values, err := d.values()
	if err != nil {
		return err
	}
	if err := d.folder.write(values); err != nil {
		return err
	}
	config, err := d.c.load(d.folder.config())
	if err != nil {
		return err
	}
	if config.Resolve, err = resolve.Subdomain(demoHost, resolve.Central("localhost", "127.0.0.1", "::1")); err != nil {
		return err
	}
	d.c.reachSilos(ctx, &config)
	if err := rowhouse.Init(ctx, config); err != nil {
		return err
	}
	d.house, err = rowhouse.Open(ctx, config)
	return err
}

// run fills the house, says where it is and serves it.
func (d *demo) run(ctx context.Context) error {
	if err := d.furnish(ctx); err != nil {
		return err
	}
	addr := d.listener.Addr().String()
	path, err := filepath.Abs(d.folder.config())
	if err != nil {
		return err
	}
	unpoint, err := point(pointer{Addr: addr, Config: path})
	if err != nil {
		d.c.say("other commands will not find this demo by themselves: %v", err)
	}
	defer unpoint()
	if err := d.c.emitDemo(addr, path, d.engine, d.level); err != nil {
		return err
	}
	return d.serve(ctx)
}
