// Package scratch makes databases that live as long as one command: what migrations
// make is built in them and looked at.
//
// They are on the server that holds the tenants, so what works there works here, and
// nothing but CREATEDB is needed. Every run removes its own, and those of runs that
// were killed.
package scratch
