//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func canInstall() bool {
	_, err := exec.LookPath("apt-get")
	return err == nil && os.Geteuid() == 0
}

// install brings Debian packages and starts no service of theirs: while it runs, the
// packages' scripts are told not to make a cluster and not to start anything.
func install(ctx context.Context, lacking []need) (err error) {
	if err := apt(ctx, "update", "-q"); err != nil {
		return err
	}
	if lacks(lacking, "postgresql") {
		// First by itself: it has no service, and it reads one of the files that hold the others.
		if err := apt(ctx, aptInstall("postgresql-common")...); err != nil {
			return err
		}
	}
	lift, err := holdServices(holds(lacking))
	defer func() { err = errors.Join(err, lift()) }()
	if err != nil {
		return err
	}
	var packages []string
	for _, n := range lacking {
		packages = append(packages, strings.Fields(n.debian)...)
	}
	return apt(ctx, aptInstall(packages...)...)
}

// aptInstall leaves what is installed as it is: an upgrade would restart the user's servers.
func aptInstall(packages ...string) []string {
	return append([]string{"install", "-q", "-y", "-o", "Dpkg::Use-Pty=0", "--no-install-recommends", "--no-upgrade"}, packages...)
}

func apt(ctx context.Context, args ...string) error {
	announce("apt-get", args)
	cmd := command(ctx, "apt-get", args...)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	cmd.WaitDelay = 0 // a killed dpkg leaves a broken machine: let it end
	return failed(ctx, cmd, cmd.Run())
}

// mark makes our files known: a run that was killed leaves them, the next removes them.
const mark = "# Made by Rowhouse's `make test` while it installs packages; safe to delete.\n"

// holds is the files that keep the packages quiet, with their content.
func holds(lacking []need) map[string]string {
	files := map[string]string{"/usr/sbin/policy-rc.d": "#!/bin/sh\n" + mark + "exit 101\n"}
	if lacks(lacking, "postgresql") {
		files["/etc/postgresql-common/createcluster.d/rowhouse.conf"] = mark + "create_main_cluster = false\n"
	}
	return files
}

func lacks(lacking []need, name string) bool {
	return slices.ContainsFunc(lacking, func(n need) bool { return n.name == name })
}

// holdServices writes those files and returns what removes them. A policy that is
// there already is the user's and stays.
func holdServices(files map[string]string) (lift func() error, err error) {
	var made []string
	lift = func() error {
		var failures []error
		for _, path := range slices.Backward(made) {
			failures = append(failures, os.Remove(path))
		}
		return errors.Join(failures...)
	}
	for path, content := range files {
		if old, err := os.ReadFile(path); err == nil && string(old) != content {
			continue
		}
		if os.Mkdir(filepath.Dir(path), 0o755) == nil {
			made = append(made, filepath.Dir(path))
		}
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			return lift, fmt.Errorf("hold services: %w", err)
		}
		made = append(made, path)
	}
	return lift, nil
}
