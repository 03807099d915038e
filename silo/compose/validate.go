package compose

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// errMisread: Compose would read something else than what was meant.
var errMisread = errors.New("the generated file does not mean what it should")

// validate reads a generated file as Docker Compose does, and makes sure that it
// understands what was meant: no value may become another key, or a variable.
func (p plan) validate(ctx context.Context, text []byte) error {
	details := types.ConfigDetails{
		WorkingDir:  string(p.place),
		ConfigFiles: []types.ConfigFile{{Filename: p.place.path(file), Content: text}},
		Environment: types.Mapping{},
	}
	project, err := loader.LoadWithContext(ctx, details, func(o *loader.Options) { o.SetProjectName(project(p.stack.ID), true) })
	if err != nil {
		return fmt.Errorf("%s: %w", p.place.path(file), err)
	}
	if len(project.Services) != len(p.services()) || len(project.Volumes) != 1 {
		return fmt.Errorf("%w: %d services, %d volumes", errMisread, len(project.Services), len(project.Volumes))
	}
	lines := map[string][]string{migrate: filled(p.stack.Prepare), web: filled(p.stack.App)}
	for _, name := range p.services()[1:] {
		s, want := project.Services[name], lines[name]
		if s.Image != p.Image {
			return fmt.Errorf("%w: %s is made from %q, not %q", errMisread, name, s.Image, p.Image)
		}
		if got := slices.Concat(s.Entrypoint, s.Command); !slices.Equal(got, want) {
			return fmt.Errorf("%w: %s runs %q, not %q", errMisread, name, got, want)
		}
	}
	return p.validateFolders(project)
}

// validateFolders looks at the paths of this machine that containers see.
func (p plan) validateFolders(project *types.Project) error {
	for name, secret := range project.Secrets {
		if want := p.place.path(secretsDir, name); secret.File != want {
			return fmt.Errorf("%w: the secret %s is %q, not %q", errMisread, name, secret.File, want)
		}
	}
	for _, name := range p.services()[1:] {
		mounts := project.Services[name].Volumes
		same := slices.EqualFunc(mounts, p.stack.Folders, func(m types.ServiceVolumeConfig, folder string) bool {
			return m.Type == types.VolumeTypeBind && m.Source == folder && m.Target == folder && m.ReadOnly
		})
		if !same {
			return fmt.Errorf("%w: %s has the folders %v, not %q", errMisread, name, mounts, p.stack.Folders)
		}
	}
	return nil
}
