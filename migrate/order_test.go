package migrate

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

func history(t *testing.T, scope Scope, after map[string]string) Source {
	t.Helper()
	files := fstest.MapFS{"x.md": {}}
	for name, ref := range after {
		text := "SELECT 1"
		if ref != "" {
			text = "-- +rowhouse after " + ref + "\n" + text
		}
		files[name+"_a.up.sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	s, err := Load(files, ".", scope)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOrderPutsStagesBetweenTheScopes(t *testing.T) {
	shared := history(t, Shared, map[string]string{"1": "", "2": "tenant/1", "3": "", "4": "tenant/3"})
	tenants := history(t, Tenant, map[string]string{"1": "", "2": "", "3": "shared/2", "4": ""})
	stages, err := order(shared, tenants)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range stages {
		for _, m := range s.migrations {
			got = append(got, m.Ref().String())
		}
		got = append(got, "|")
	}
	const want = "shared/0001 | tenant/0001 | shared/0002 shared/0003 | tenant/0002 tenant/0003 | shared/0004 | tenant/0004 |"
	if strings.Join(got, " ") != want {
		t.Errorf("got %s", strings.Join(got, " "))
	}
}

func TestOrderRefuses(t *testing.T) {
	tests := map[string][2]map[string]string{
		"cycle":          {{"1": "tenant/2"}, {"1": "shared/1", "2": ""}},
		"unknown target": {{"1": "tenant/9"}, {"1": ""}},
	}
	for name, test := range tests {
		_, err := order(history(t, Shared, test[0]), history(t, Tenant, test[1]))
		var wrong *OrderError
		if !errors.As(err, &wrong) || wrong.File != "1_a.up.sql" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
