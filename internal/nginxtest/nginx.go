// Package nginxtest runs a real nginx in front of a test's servers.
//
// It is support for tests, like internal/pgtest.
package nginxtest

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// Nginx runs until its test ends.
type Nginx struct {
	Path    string // of the program
	running *pglocal.Companion
}

// Names of the files in its directory.
const (
	Main   = "nginx.conf"
	Routes = "rowhouse.conf" // what Main includes in its http block
)

// Start runs nginx with routes. It takes requests soon: it is not waited for.
func Start(t testing.TB, routes string) *Nginx {
	t.Helper()
	n := &Nginx{Path: pgtest.Need(t, "nginx")}
	files := map[string]string{Main: MainText("HERE"), Routes: routes}
	// nginx keeps its state under full names, as an operator's does.
	begin := `sed -i "s|HERE|$PWD|" nginx.conf && exec ` + n.Path + ` -c "$PWD/nginx.conf"`
	var err error
	if n.running, err = pglocal.StartCompanion(t.Context(), "/bin/sh", files, "-c", begin); err != nil {
		t.Fatalf("start nginx: %v", err)
	}
	t.Cleanup(func() {
		if err := n.running.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return n
}

// MainText is nginx's main file for a directory.
func MainText(dir string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "daemon off;\nworker_processes 2;\nerror_log stderr;\npid %s;\nevents {}\nhttp {\naccess_log off;\n", filepath.Join(dir, "nginx.pid"))
	for _, temp := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&b, "%s_temp_path %s;\n", temp, filepath.Join(dir, temp))
	}
	fmt.Fprintf(&b, "include %s;\n}\n", filepath.Join(dir, Routes))
	return b.String()
}

// File is the full name of a file in its directory.
func (n *Nginx) File(name string) string { return filepath.Join(n.Dir(), name) }

// Dir is its directory.
func (n *Nginx) Dir() string { return n.running.Dir() }

// Done is closed when it has ended.
func (n *Nginx) Done() <-chan struct{} { return n.running.Done() }

// Log is the end of what it printed.
func (n *Nginx) Log() string { return n.running.Log() }
