// Package drift finds tenants whose tables are not what their migrations make, says
// where they differ, and brings them back.
//
// What the migrations make is found by running them: for each version that the fleet
// has, a scratch schema is built in the tenants' own database, inside a transaction
// that is rolled back. All tenants' fingerprints are then compared with it, a
// hundred schemas in one query; only what differs is looked at object by object.
//
// Rows are never compared, and a repair that would lose some is printed, not made,
// unless [RepairOptions].DropExtra allows it.
package drift
