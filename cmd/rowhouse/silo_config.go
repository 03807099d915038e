package main

import (
	"maps"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"
)

// siloConfig turns this installation's configuration into that of a silo: the only
// server is the silo's own, the only tenant there is of the schema level, and folders
// have full names. The folders of the migrations that there are come with it.
func siloConfig(file string) (text string, folders []string, err error) {
	config := map[string]any{}
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", nil, err
		}
		if err := yaml.Unmarshal(text, &config); err != nil {
			return "", nil, err
		}
	}
	for _, key := range []string{"silo", "registry", "app_role"} {
		delete(config, key)
	}
	config["servers"] = map[string]any{"main": "${" + envURL + "}"}
	config["isolation"] = map[string]any{"default": "schema"}
	migrations := map[string]any{"shared": "migrations/shared", "tenant": "migrations/tenant"}
	if err := absolute(filepath.Dir(file), config, "migrations", migrations); err != nil {
		return "", nil, err
	}
	if err := absolute(filepath.Dir(file), config, "models", map[string]any{}); err != nil {
		return "", nil, err
	}
	for _, scope := range []string{"shared", "tenant"} {
		if folder, ok := migrations[scope].(string); ok && isFolder(folder) {
			folders = append(folders, folder)
		}
	}
	written, err := yaml.Marshal(config)
	return "# Made by rowhouse silo up.\n" + string(written), folders, err
}

// absolute gives the paths under a key full names; usual ones are there where the
// configuration has none.
func absolute(dir string, config map[string]any, key string, usual map[string]any) error {
	if given, ok := config[key].(map[string]any); ok {
		maps.Copy(usual, given)
	}
	for name, value := range usual {
		path, ok := value.(string)
		if !ok {
			continue
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		full, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		usual[name] = full
	}
	if len(usual) > 0 {
		config[key] = usual
	}
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
