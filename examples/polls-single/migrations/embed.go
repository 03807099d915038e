// Package migrations carries the SQL files that make the tables of polls.
package migrations

import "embed"

// Files holds the goose-annotated migrations.
//
//go:embed *.sql
var Files embed.FS
