// Package pgtest gives tests a real PostgreSQL: a fresh empty database each, on a
// throw-away server that is never one of the user's own.
//
// Under `make test` all packages share one server, named by
// ROWHOUSE_TEST_DATABASE_URL; a plain `go test ./pkg` starts one for itself. Nothing
// here skips a test: what is missing fails it and says what to install, unless
// ROWHOUSE_TEST_SKIP names it (see [Need]).
//
// It is support for tests: only _test.go files and the packages that hold suites
// import it.
package pgtest
