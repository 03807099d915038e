package main

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// The exit codes, which scripts rely on.
const (
	codeDone    = 0
	codeFailed  = 1
	codeUsage   = 2
	codePartial = 3 // some tenants failed, the rest are done
	codeFound   = 4 // a check found something
)

// errFound: a check found something and has printed it.
var errFound = errors.New("something was found")

// usageError is a command line that can never work.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// childError carries the exit code of a program that was run.
type childError struct{ code int }

func (e *childError) Error() string { return fmt.Sprintf("exit status %d", e.code) }

// partialError is work on several tenants that some of them did not finish.
type partialError struct {
	failed, total int
	errs          []error // one for each failed tenant
}

func (e *partialError) Error() string {
	if e.failed == e.total {
		return fmt.Sprintf("all %d failed", e.total)
	}
	return fmt.Sprintf("%d of %d failed, the rest are done", e.failed, e.total)
}

func (e *partialError) Unwrap() []error { return e.errs }

// exitCode returns what err means to the shell.
func exitCode(err error) int {
	switch {
	case err == nil:
		return codeDone
	case is[*childError](err):
		child, _ := errors.AsType[*childError](err)
		return child.code
	case errors.Is(err, errFound):
		return codeFound
	case is[*partialError](err), is[*migrate.PartialError](err):
		return codePartial
	case wrongUsage(err):
		return codeUsage
	}
	return codeFailed
}

// wrongUsage reports whether the command line, its input or the configuration can
// never work.
func wrongUsage(err error) bool {
	return is[*usageError](err) || is[*tenant.InvalidError](err) || is[*migrate.OneOfManyError](err) ||
		errors.Is(err, errors.ErrUnsupported) || wrongConfig(err) || wrongFiles(err)
}

// wrongConfig reports whether the configuration has to be changed first.
func wrongConfig(err error) bool {
	return is[*rowhouse.ConfigError](err) || is[yaml.Error](err) || is[*pgconn.ParseConfigError](err) ||
		is[*isolation.LackError](err) || errors.Is(err, rowhouse.ErrNoServer) || errors.Is(err, migrate.ErrNoRole)
}

// wrongFiles reports whether the files of the migrations have to be changed first,
// whatever was applied.
func wrongFiles(err error) bool {
	return is[*migrate.ParseError](err) || is[*migrate.OrderError](err) || is[*migrate.TwinError](err)
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
