package compose

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Why no stack can run here.
var (
	ErrNoDocker  = errors.New("there is no docker command: install Docker (https://docs.docker.com/engine/install), or set silo.runtime to process")
	ErrNoCompose = errors.New("there is neither docker compose nor docker-compose: install the Compose plugin (https://docs.docker.com/compose/install)")
	ErrNoEngine  = errors.New("no Docker engine answers: start it (systemctl start docker), and see that this user may use it and that DOCKER_HOST is right")
)

// ImageError is an image that is neither here nor can be had.
type ImageError struct {
	Image  string
	Reason string // what Docker said
}

func (e *ImageError) Error() string {
	return fmt.Sprintf("the image %s is not here and cannot be pulled: build it, or correct silo.compose in rowhouse.yaml: %s", e.Image, e.Reason)
}

// CommandError is a docker command that failed.
type CommandError struct {
	Line   string
	Output string // the end of what it said
	err    error
}

func (e *CommandError) Error() string { return fmt.Sprintf("%s: %v: %s", e.Line, e.err, e.Output) }

// Unwrap returns what os/exec said.
func (e *CommandError) Unwrap() error { return e.err }

// docker runs a docker command and returns what it prints.
func docker(ctx context.Context, args ...string) ([]byte, error) {
	return run(ctx, append([]string{"docker"}, args...))
}

// run runs a program that keeps the files open.
func run(ctx context.Context, line []string, files ...*os.File) ([]byte, error) {
	const patience = 10 * time.Second // to end after it was interrupted
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay, cmd.ExtraFiles = &out, &said, patience, files
	err := cmd.Run()
	switch {
	case err == nil:
		return out.Bytes(), nil
	case errors.Is(err, exec.ErrNotFound) && line[0] == "docker":
		return nil, ErrNoDocker
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	return nil, &CommandError{strings.Join(line, " "), ending(said.Bytes()), err}
}

// ending is the end of an output for a message.
func ending(text []byte) string {
	const most = 2000
	text = bytes.TrimSpace(text)
	if len(text) > most {
		text = text[len(text)-most:]
		text = text[bytes.IndexByte(text, '\n')+1:]
	}
	return string(text)
}

// answers makes sure that there is an engine.
func answers(ctx context.Context) error {
	_, err := docker(ctx, "version", "--format", "{{.Server.Version}}")
	if failed, ok := errors.AsType[*CommandError](err); ok {
		return fmt.Errorf("%w: %s", ErrNoEngine, failed.Output)
	}
	return err
}

// composer finds Docker Compose: the plugin, or the program that was before it.
func composer(ctx context.Context) ([]string, error) {
	if _, err := docker(ctx, "compose", "version"); err == nil {
		return []string{"docker", "compose"}, nil
	}
	if _, err := exec.LookPath("docker-compose"); err == nil {
		return []string{"docker-compose"}, nil
	}
	return nil, ErrNoCompose
}

// image returns the id of an image, which is pulled where it is not here.
func image(ctx context.Context, name string) (string, error) {
	look := func() (string, error) {
		out, err := docker(ctx, "image", "inspect", "--format", "{{.Id}}", name)
		return strings.TrimSpace(string(out)), err
	}
	id, err := look()
	if _, ok := errors.AsType[*CommandError](err); !ok {
		return id, err
	}
	if _, err := docker(ctx, "pull", "--quiet", name); err != nil {
		if failed, ok := errors.AsType[*CommandError](err); ok {
			return "", &ImageError{name, failed.Output}
		}
		return "", err
	}
	return look()
}
