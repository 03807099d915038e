# `make demo` and `make test` are all that a newcomer needs.
# make test SKIP=pgbouncer: without the tests that use what SKIP names.
# make test PKG=./registry/...: only these packages, of whichever module.

GO ?= go
BIN := bin

.PHONY: demo levels test proof bench lint fmt build clean go

demo:
	@test -x $(BIN)/rowhouse || echo "building rowhouse (a minute the first time)"
	@$(MAKE) --no-print-directory build
	@exec $(BIN)/rowhouse demo $(ARGS)

# A tenant at each isolation level, in one installation: see the script.
levels: build
	@PATH="$(CURDIR)/$(BIN):$$PATH" exec examples/polls/all-levels.sh

test: $(BIN)/maketest
	@SKIP="$(SKIP)" PKG="$(PKG)" exec $(BIN)/maketest test

proof: $(BIN)/maketest
	@SKIP="$(SKIP)" PKG="$(PKG)" exec $(BIN)/maketest proof

lint: $(BIN)/maketest
	@exec $(BIN)/maketest lint

bench: go
	@test -d bench || { echo "there is no bench/ in this checkout" >&2; exit 2; }
	@cd bench && exec $(GO) run . $(ARGS)

fmt: go
	@gofmt -w .

build: go
	@$(GO) build -o $(BIN)/rowhouse ./cmd/rowhouse
	@$(GO) build -o $(BIN)/polls ./examples/polls

clean:
	@rm -rf $(BIN) .rowhouse

# Built, not `go run`: that one would not pass a SIGTERM on.
.PHONY: $(BIN)/maketest
$(BIN)/maketest: go
	@$(GO) build -o $@ ./scripts/maketest

go:
	@command -v $(GO) >/dev/null || { echo "Go is not installed: https://go.dev/doc/install, or apt-get install golang-go, or brew install go" >&2; exit 2; }
