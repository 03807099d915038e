package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/rowhouse-go/rowhouse/examples/polls/app"
)

// demoView is a running demo as --json shows it.
type demoView struct {
	URL       string       `json:"url"`
	Config    string       `json:"config"`
	Engine    string       `json:"engine"`
	Isolation string       `json:"isolation"`
	Tenants   []demoTenant `json:"tenants"`
	Create    []string     `json:"create"` // the command that makes another tenant
}

type demoTenant struct {
	Slug   string      `json:"slug"`
	Name   string      `json:"name"`
	URL    string      `json:"url"`
	Logins []demoLogin `json:"logins"` // the first one is staff
}

type demoLogin struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

func (c *cli) emitDemo(addr, config, engine, level string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	v := demoView{
		URL: "http://" + net.JoinHostPort(demoHost, port) + "/", Config: config, Engine: engine, Isolation: level,
		Create: []string{os.Args[0], "--config", config, "tenant", "create", "loki"},
	}
	for _, slug := range demoTenants() {
		sample, err := app.LoadSample(slug)
		if err != nil {
			return err
		}
		v.Tenants = append(v.Tenants, tenantOf(slug, sample, addr))
	}
	return c.emit(v, func(w io.Writer) error { return v.human(w, addr) })
}

func tenantOf(slug string, sample app.Sample, addr string) demoTenant {
	t := demoTenant{Slug: slug, Name: sample.Name, URL: demoURL(slug, addr)}
	for _, u := range sample.Users {
		t.Logins = append(t.Logins, demoLogin{u.Username, u.Password})
	}
	return t
}

func (v demoView) human(w io.Writer, addr string) error {
	var b strings.Builder
	each, _ := engineWords(v.Engine, v.Isolation)
	fmt.Fprintf(&b, "\nTwo customers, one program, %s each. All of them: %s\n", each, v.URL)
	for _, t := range v.Tenants {
		fmt.Fprintf(&b, "\n  %s\n    %s\n", t.Name, t.URL)
		for i, l := range t.Logins {
			role := ""
			if i == 0 {
				role = ", staff: " + t.URL + "admin/"
			}
			fmt.Fprintf(&b, "    sign in as %s with password %s%s\n", l.Username, l.Password, role)
		}
		fmt.Fprintf(&b, "    curl %spolls/\n", t.URL)
	}
	fmt.Fprintf(&b, "\nMake a third from another terminal; it is served within a second:\n\n  %s\n  curl %stenant\n",
		strings.Join(v.Create, " "), demoURL("loki", addr))
	fmt.Fprintf(&b, "\nCtrl-C stops all of it.\n")
	_, err := io.WriteString(w, b.String())
	return err
}
