// Package migrate keeps the tables of a whole fleet at one version: the shared
// tables, and every tenant's own.
//
// Migrations are files that Go users already have, goose-annotated SQL and
// golang-migrate pairs, or Go functions. [Load] reads them and refuses what could
// not run. A [Runner] applies them: the shared scope first, then the tenants, each
// tenant and migration in one transaction that also writes the ledger, the table
// rowhouse.ledger of the database that holds the data. So a run that is killed
// anywhere is finished by running it again, and there is no "dirty" state.
//
// A rollout over many tenants goes ring by ring and halts after so many failures
// ([Options]), waits for locks in turns so that nobody queues behind it ([Limits]),
// or is one transaction for a whole database. [Runner.Plan] says beforehand what is
// locked, written anew or lost, [Runner.WriteSQL] writes the run as a script for
// psql, [Runner.Runs] remembers what came of each, and [Runner.Import] takes over
// the version tables of goose and golang-migrate.
//
// Only a file with the line "-- +goose NO TRANSACTION" is not atomic: its
// statements run one by one and its ledger row comes last. When such a run breaks
// off, the next one begins at the file's first statement again, so write them
// repeatable: CREATE INDEX CONCURRENTLY IF NOT EXISTS, after DROP INDEX IF EXISTS
// of an index that may have been left invalid.
package migrate
