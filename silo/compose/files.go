package compose

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/wholefile"
)

// make makes a stack's directory, which only its owner can enter.
func (p place) make() error { return os.MkdirAll(p.path(secretsDir), personal) }

// settle writes a stack's files.
func (p plan) settle(ctx context.Context) error {
	if err := p.place.passwords(p.ports); err != nil {
		return err
	}
	for name, text := range p.stack.Files {
		if !filepath.IsLocal(name) || filepath.Base(name) != name || name == passFile || name == passwordFile {
			return fmt.Errorf("file %q: is not a plain name, or one that is taken", name)
		}
		if err := p.place.mount(name, text); err != nil {
			return err
		}
	}
	text, err := p.render()
	if err != nil {
		return err
	}
	if err := p.validate(ctx, text); err != nil {
		return err
	}
	return wholefile.Write(p.place.path(file), text, private)
}

// mount writes what containers read. What has not changed is left alone: a container
// that runs would go on with the old one.
func (p place) mount(name, text string) error {
	path := p.path(secretsDir, name)
	if old, err := os.ReadFile(path); err == nil && string(old) == text {
		return nil
	}
	return wholefile.Write(path, []byte(text), mounted)
}

// passwords makes the password once, and the files of those who connect.
func (p place) passwords(at ports) error {
	text, err := os.ReadFile(p.path(secretsDir, passwordFile))
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(rand.Text())
		err = p.mount(passwordFile, string(text))
	}
	if err != nil {
		return err
	}
	if err := p.mount(passFile, fmt.Sprintf("%s:%s:*:%s:%s\n", database, pgPort, owner, text)); err != nil {
		return err
	}
	line := fmt.Sprintf("127.0.0.1:%d:*:%s:%s\n", at.Database, owner, text)
	return wholefile.Write(p.path(hostPass), []byte(line), private)
}

// version is of everything that a stack's containers are made of.
func (p plan) fingerprint(images ...string) (string, error) {
	text, err := p.render()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	sum.Write(text)
	for _, name := range p.secrets()[1:] {
		fmt.Fprintf(sum, "\n%s\n%s", name, p.stack.Files[name])
	}
	fmt.Fprint(sum, "\n", strings.Join(images, "\n"))
	return hex.EncodeToString(sum.Sum(nil))[:32], nil
}
