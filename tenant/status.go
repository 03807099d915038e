package tenant

// Status is a stage in a tenant's life.
type Status string

// The stages. A tenant is born Provisioning and ends Deleted; its record stays.
const (
	Provisioning Status = "provisioning" // being made; a rerun of create finishes it
	Active       Status = "active"
	ReadOnly     Status = "read_only" // reads work, writes are refused by the database itself
	Suspended    Status = "suspended" // nothing is served, nothing is lost
	Deleting     Status = "deleting"  // fenced; data still there, restore brings it back
	Deleted      Status = "deleted"   // data gone, record kept
	Failed       Status = "failed"    // provisioning could not end
)

var next = map[Status][]Status{
	Provisioning: {Active, Failed, Deleting},
	Active:       {ReadOnly, Suspended, Deleting},
	ReadOnly:     {Active, Suspended, Deleting},
	Suspended:    {Active, ReadOnly, Deleting},
	Deleting:     {Deleted, Active},
	Failed:       {Provisioning, Deleting},
	Deleted:      {},
}

// Valid reports whether s is one of the stages.
func (s Status) Valid() bool { _, ok := next[s]; return ok }

// CanBecome reports whether a tenant in status s may be given status to.
// Staying is not a change.
func (s Status) CanBecome(to Status) bool {
	for _, n := range next[s] {
		if n == to {
			return true
		}
	}
	return false
}

// Serves reports whether application code may read the tenant's data.
func (s Status) Serves() bool { return s == Active || s == ReadOnly }

// Live reports whether the tenant holds its slug and its domains.
func (s Status) Live() bool { return s != Deleting && s != Deleted }
