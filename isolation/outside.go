package isolation

import (
	"errors"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Outside is what a level has beside [Level] whose homes are databases of their own,
// which cannot be made, renamed and dropped from within.
//
// Each statement of these plans lists, as rows of one text column, what is still to be
// run on the server's own database, one by one and outside a transaction. When it
// lists nothing its part is done. So a plan can be run again after a crash.
type Outside interface {
	// Found makes a home's database where it is missing: a copy of the template where
	// there is a database of that name, else an empty one.
	Found(p tenant.Placement, template string) []Statement
	// Shut lets nobody into a home's database any more, and ends all sessions in it
	// but the one with this process id.
	Shut(p tenant.Placement, but uint32) []Statement
	// Rename gives a home's database another name, under which it is open. Nobody is
	// inside then.
	Rename(from, to tenant.Placement) []Statement
	// Raze drops a home's database.
	Raze(p tenant.Placement) []Statement
	// Template returns the plan of the template of what the given name stands for.
	Template(name, server string) Template
}

// Template is how to keep a database that new homes are copies of. It is built under
// one name and takes another when it is whole; then nobody can enter it.
type Template struct {
	Building, Whole tenant.Placement
	// Finish gives what was built its name. It drops the templates that went before.
	Finish []Statement
}

// Gone reports whether err says that a database is not there, or lets nobody in, as
// in the middle of a fence.
func Gone(err error) bool {
	var state interface{ SQLState() string }
	return errors.As(err, &state) && (state.SQLState() == "3D000" || state.SQLState() == "55000")
}
