package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/registry"
	"github.com/rowhouse-go/rowhouse/resolve"
	"github.com/rowhouse-go/rowhouse/silo/proxy"
)

// usualUpstream is where the demo and the example listen.
const usualUpstream = "127.0.0.1:8080"

// proxySite is what the registry and the configuration say about the front proxy.
func (c *cli) proxySite(ctx context.Context, given proxyFlags) (site proxy.Site, err error) {
	config, err := c.settings()
	if err != nil {
		return site, err
	}
	config.OperateOnly = true
	h, err := rowhouse.Open(ctx, config)
	if err != nil {
		return site, err
	}
	defer func() { err = errors.Join(err, closing(h.Close())) }()
	tenants, err := h.Registry().List(ctx, registry.Filter{})
	if err != nil {
		return site, err
	}
	p := config.Silo.Proxy
	if len(given.listen) > 0 {
		p.Listen = given.listen
	}
	site = proxy.Site{
		Upstream: cmp.Or(given.upstream, p.Upstream, usualUpstream),
		Routes:   proxy.Routes(tenants, resolve.Bases(config.Resolve), resolve.CentralHosts(config.Resolve)),
		Listen:   p.Listen, ListenTLS: p.ListenTLS,
		Drop: resolve.Varies(config.Resolve),
	}
	for host, certificate := range p.Certificates {
		site.Certificates = append(site.Certificates, proxy.Certificate{Host: host, File: certificate.File, Key: certificate.Key})
	}
	return site, nil
}
