// Package silo runs the stacks of tenants that have one of their own: a database
// server, what prepares it, and the application.
//
// A [Runtime] runs stacks; [Processes] does it without a container engine, with a
// PostgreSQL of this machine and child processes under a supervisor of each stack.
// Package silo/compose does it with Docker Compose.
package silo

import (
	"context"
	"time"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Runtime runs stacks. Every operation may be killed and run again.
type Runtime interface {
	// Up brings up what of a stack does not run, and returns when its application
	// answers. A stack that runs as it should be is left alone.
	Up(ctx context.Context, s Stack) (State, error)
	// Down ends everything that Up started; the data stay.
	Down(ctx context.Context, id tenant.ID) error
	// Status tells how a stack is. One that was never up is [Stopped].
	Status(ctx context.Context, id tenant.ID) (State, error)
}

// Stack is what runs for one tenant. In Prepare and App, {dir} stands for the stack's
// directory and {addr} for the address that the application is to listen on. Both get
// DATABASE_URL and ROWHOUSE_DATABASE_URL, which hold no password: PGPASSFILE leads to
// it.
type Stack struct {
	ID tenant.ID
	// Prepare is a program that must succeed before the application begins; empty is none.
	Prepare []string
	// App is the application.
	App []string
	// Health is the path that tells whether the application works: any status below
	// 500 does. Empty is "/".
	Health string
	// Files are put into the stack's directory, for its owner's eyes only.
	Files map[string]string
	// Folders are what the programs read of this machine, as full paths: containers
	// have them under the same names.
	Folders []string
}

// Phase is what a stack is doing.
type Phase string

// The phases.
const (
	Stopped   Phase = "stopped"
	Starting  Phase = "starting"  // the database server
	Preparing Phase = "preparing" // the one-shot program
	Waiting   Phase = "waiting"   // for the application to answer
	Running   Phase = "running"
	Failed    Phase = "failed" // given up, or about to be tried again
)

// State is how a stack is.
type State struct {
	Phase    Phase     `json:"phase"`
	Database string    `json:"database"` // address of the database server
	Upstream string    `json:"upstream"` // address of the application
	Restarts int       `json:"restarts"` // since the stack was last brought up
	Error    string    `json:"error"`    // why it failed, or was last restarted
	Since    time.Time `json:"since"`    // when the phase began
	Pid      int       `json:"pid"`      // of the supervisor
	App      int       `json:"app"`      // process of the application
}
