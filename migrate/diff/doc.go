// Package diff writes the next migration: from what the migrations make to what the
// models say.
//
// Both states are built in scratch databases, so no tenant is needed and no tenant's
// name can get into a file. The plan is stripe/pg-schema-diff's, spelled the way that
// migrations are written; what it cannot express is found by comparing catalogs after
// the plan ran on a copy, and added. What is still missing then is said in the file
// and in [Result.Gaps]: nothing is dropped in silence.
//
// Not expressed, and said so: a changed composite or range type, a changed partition
// key, aggregates, operators, text search, foreign tables, and function bodies that
// spell the placeholder. What has a new name is dropped and made anew; where columns are
// concerned the file asks. Owners, tablespaces and event triggers are not compared.
package diff
