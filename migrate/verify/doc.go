// Package verify checks that a tenant that was upgraded and one that was made today are
// the same.
//
// That is what people check by hand before a release: one database is brought to an
// older version and then up, another one starts at the newest; two tenants are in each.
// Everything in them must be equal, object by object. With a fixture, the rows that
// went in at the older version are asked for before and after.
package verify
