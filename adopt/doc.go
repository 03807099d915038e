// Package adopt turns a database that knows one customer into the home of many: what
// is there becomes tenant number one, or, where every customer has a schema already,
// each schema becomes a tenant.
//
// No row is copied. Objects change their schema by ALTER … SET SCHEMA, in one
// transaction that also writes the tenant's record and the ledger of migrations, so
// that a killed run has changed nothing or everything. Before that a copy of the
// definitions is moved in a scratch database, the migration files are read from it
// and a second scratch database is built from the files: what they make must be
// equal, object by object, to what is adopted.
//
// What cannot be moved without changing what it means is refused by name before
// anything is locked: see [Finding].
package adopt
