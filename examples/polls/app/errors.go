package app

import (
	"database/sql"
	"errors"
	"net/http"
)

// problem is an error that the client is told about.
type problem struct {
	status  int
	message string
}

func (p *problem) Error() string { return p.message }

func invalid(message string) error { return &problem{http.StatusBadRequest, message} }

var (
	errCredentials = &problem{http.StatusBadRequest, "Wrong Credentials"}
	errSignIn      = &problem{http.StatusUnauthorized, "a valid token is needed: POST /login/ gives one"}
	errForbidden   = &problem{http.StatusForbidden, "only who made the poll may do this"}
	errNotStaff    = &problem{http.StatusForbidden, "this area is for staff"}
	errNotFound    = &problem{http.StatusNotFound, "not found"}
	errUserTaken   = &problem{http.StatusConflict, "this username is taken"}
	errVotedBefore = &problem{http.StatusConflict, "you have voted in this poll already"}
	errTooLarge    = &problem{http.StatusRequestEntityTooLarge, "the request is too large"}
	errNotJSON     = &problem{http.StatusUnsupportedMediaType, "send JSON"}
	errReadOnly    = &problem{http.StatusServiceUnavailable, "the data is read-only for now"}
	errBusy        = &problem{http.StatusServiceUnavailable, "too many people sign in at once: try again"}
	errInternal    = &problem{http.StatusInternalServerError, "something went wrong"}
)

// Conditions that the database reports by code.
const (
	foreignKeyViolation = "23503"
	uniqueViolation     = "23505"
	readOnlyTransaction = "25006"
)

// problemOf says how an error looks from outside. Whatever is not known is the
// server's own business.
func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	switch {
	case errors.Is(err, sql.ErrNoRows), hasCode(err, foreignKeyViolation):
		return errNotFound // what the row points to is gone
	case hasCode(err, readOnlyTransaction):
		return errReadOnly
	}
	return errInternal
}

func hasCode(err error, code string) bool {
	var coded interface{ SQLState() string }
	return errors.As(err, &coded) && coded.SQLState() == code
}
