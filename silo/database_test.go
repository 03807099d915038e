package silo_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/silo"
)

// The password of the operator's own server is no silo's.
func TestASilosOwnPasswordWins(t *testing.T) {
	t.Setenv("PGPASSWORD", "wrong")
	file := filepath.Join(t.TempDir(), "pgpass")
	if err := os.WriteFile(file, []byte(`127.0.0.1:*:*:postgres:a\:b\\c@d`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	url, err := silo.OwnerURL("127.0.0.1:5433", file)
	if err != nil {
		t.Fatal(err)
	}
	config, err := pgx.ParseConfig(url)
	if err != nil || config.Password != `a:b\c@d` || config.User != "postgres" || config.Port != 5433 {
		t.Errorf("%q leads to %+v, %v", url, config, err)
	}
	for name, text := range map[string]string{"empty": "", "short": "127.0.0.1:5433"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if url, err := silo.OwnerURL("127.0.0.1:5433", file); err == nil {
			t.Errorf("%s: %s", name, url)
		}
	}
}
