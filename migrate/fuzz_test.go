package migrate_test

import (
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/migrate"
)

// Whatever a file holds, it is read whole or refused with its name.
func FuzzLoad(f *testing.F) {
	for _, text := range []string{
		"-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2", "-- +goose StatementBegin\n$$", "-- +rowhouse after shared/1", "BEGIN; SET search_path", "CREATE TABLE a.",
		"DROP TABLE IF EXISTS", "ALTER TABLE a RENAME TO", "SELECT set_config(", "COPY", "SET LOCAL", "\ufeff-- +goose NO TRANSACTION\r\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"1_a.sql", "1_a.up.sql"} {
			s, err := migrate.Load(folder(map[string]string{name: text}), "m", migrate.Tenant)
			var parse *migrate.ParseError
			if err != nil && (!errors.As(err, &parse) || parse.File != "m/"+name) {
				t.Fatalf("%q: %v", text, err)
			}
			if err == nil && len(s[0].Up) == 0 {
				t.Fatalf("%q: nothing to do", text)
			}
			if _, err := migrate.New(migrate.Config{Tenant: s, Shared: s}); err == nil && len(s) > 0 && s[0].Version != 1 {
				t.Fatalf("%q: version %d", text, s[0].Version)
			}
		}
	})
}
