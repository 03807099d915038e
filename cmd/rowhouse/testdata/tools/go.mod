// The migration tools that tests run as users do. A module outside the workspace: what
// these tools need must not decide what rowhouse is built with.
module github.com/rowhouse-go/rowhouse/cmd/rowhouse/testdata/tools

go 1.26.0

require (
	github.com/golang-migrate/migrate/v4 v4.20.1
	github.com/pressly/goose/v3 v3.29.0
)
