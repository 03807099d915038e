// Package catalog says what a schema contains, and where two schemas differ.
//
// One query describes schemas: every table, column, constraint, index, trigger,
// rule, policy, view, sequence, function, type, comment and so on is a line of a
// schema's description, with the schema's own name written as [Placeholder]. A
// fingerprint is the hash of that text, and [Inspect] returns the same text as
// objects: schemas with unequal fingerprints always show a difference, and schemas
// with equal ones never do.
//
// What is left out: the order of columns, because tenants got theirs in different
// orders; rows, the values of sequences, and whether a materialized view was
// refreshed; owners, tablespaces and event triggers;
// the version tables of migration tools (see [Ignore]); grants (see [WithGrants]).
//
// A schema's own name is recognised anywhere where it has the end that Rowhouse
// gives, as in tenant_acme_0123456789ab. Other names may be words as well, so they
// are recognised as qualifiers and in the search_path of functions only. Whose
// table, alias or column is called like the schema itself may see a false alarm.
package catalog

// Placeholder stands for the schema's own name in what this package returns.
const Placeholder = "__tenant__"
