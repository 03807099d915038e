// Package ddl rewrites the statements of single-tenant migrations for shared
// tables: every table gets a tenant_id, every key is led by it under the name that
// it had, and row-level security holds the rows of tenants apart.
//
// A [Rewriter] reads statements by their tokens and edits them in place, so what
// it need not change stays as it was written, byte for byte, comments included. What
// it does not know it refuses by name, with a [RefusedError], before anything ran.
// What exists is a [Model]: read from the database with [Catalog] and [ReadModel], or
// grown from nothing by rewriting all migrations in order. The same model and
// statement always give the same text.
//
// The text is trusted to be rewritten right only as far as [Verify] agrees: it finds
// in the catalog whatever is not protected, also what a function or a program made.
//
// Statements are written for a path on which the tenant tables' schema comes first,
// and are run once by a role that bypasses row-level security: an UPDATE changes all
// tenants' rows. Statements for each tenant ([Rewriter.EachTenant]) must run as a
// role that does not bypass it, with the setting of [Setting] naming the tenant.
package ddl

// Column is the reserved column that says whose a row is.
const Column = "tenant_id"

// Setting is the run-time parameter that names the tenant. Where it is not set, or
// is empty, reading it as a uuid fails.
const Setting = "rowhouse.tenant"

// Policy is the name of the policy that each tenant table has.
const Policy = "rowhouse_tenant"

// current is the tenant as an expression: an error without a setting, not a NULL.
const current = "current_setting('" + Setting + "')::uuid"

// columnDef is the column as it stands in CREATE TABLE.
const columnDef = Column + " uuid NOT NULL DEFAULT " + current
