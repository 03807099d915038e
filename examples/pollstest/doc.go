// Package pollstest is what polls must do, checked over HTTP: [Exercise] runs the
// same steps against the program before tenancy and against each tenant after it.
package pollstest
