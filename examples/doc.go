// Package examples holds programs that show Rowhouse at work: polls, the same
// program before tenancy (polls-single), and users-dashboards.
package examples
