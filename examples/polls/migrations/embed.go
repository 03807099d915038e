// Package migrations carries the SQL files that make the tables of polls.
package migrations

import "embed"

// Files holds the goose-annotated migrations: shared, and of every tenant.
//
//go:embed shared/*.sql tenant/*.sql
var Files embed.FS
