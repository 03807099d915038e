module github.com/rowhouse-go/rowhouse/bench

go 1.26.0

require (
	github.com/jackc/pgx/v5 v5.12.0
	github.com/rowhouse-go/rowhouse v0.0.0
)

replace github.com/rowhouse-go/rowhouse => ../
