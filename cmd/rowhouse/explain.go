package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// explain returns what a person reads about err: what is wrong and what to do
// next. It is empty where everything was said already.
func (c *cli) explain(err error) string {
	if err == nil || errors.Is(err, errFound) || is[*childError](err) {
		return ""
	}
	if errors.Is(err, context.Canceled) && !is[*migrate.PartialError](err) {
		return "interrupted"
	}
	several := is[*partialError](err) || is[*migrate.PartialError](err) // one's URL does not explain all
	if e, ok := errors.AsType[*pgconn.ConnectError](err); ok && !several {
		return c.explainConnect(e)
	}
	if e, ok := errors.AsType[*pgconn.ParseConfigError](err); ok && !several {
		return fmt.Sprintf("the database URL cannot be read: %v; it looks like postgres://user:password@host:5432/database", e)
	}
	text := strings.TrimPrefix(err.Error(), "rowhouse: ")
	text = strings.ReplaceAll(text, ": "+errors.ErrUnsupported.Error(), "") // the reason stands before it
	if next := nextStep(err); next != "" {
		text += "; " + next
	}
	return text
}

// lastError returns the innermost error of the first chain.
func lastError(err error) error {
	for {
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			if e.Unwrap() == nil {
				return err
			}
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			if len(e.Unwrap()) == 0 {
				return err
			}
			err = e.Unwrap()[0]
		default:
			return err
		}
	}
}

// nextStep adds what to do to errors of lower floors, which know no commands.
func nextStep(err error) string {
	if is[*partialError](err) {
		return "" // each of the tenants was told
	}
	if e, ok := errors.AsType[*tenant.StatusError](err); ok {
		switch e.Status {
		case tenant.Suspended, tenant.ReadOnly:
			return "run rowhouse tenant resume " + e.Slug
		case tenant.Provisioning, tenant.Failed:
			return "finish it with rowhouse tenant create " + e.Slug
		case tenant.Deleting:
			return "bring it back with rowhouse tenant restore " + e.Slug
		}
	}
	if e, ok := errors.AsType[*isolation.LackError](err); ok && !slices.Contains(e.Has, tenant.Schema) {
		return "rowhouse demo --engine postgres shows them"
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42501" {
		return "use a role that owns the database, or grant it the right"
	}
	return ""
}
