module github.com/rowhouse-go/rowhouse/bench

go 1.26.0

require (
	github.com/jackc/pgx/v5 v5.12.0
	github.com/rowhouse-go/rowhouse v0.0.0
)

require (
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/maypok86/otter/v2 v2.4.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/rowhouse-go/rowhouse => ../
