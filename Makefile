# The commands of the project. `make` lists them.
GO       ?= go
VERSION  := $(shell git describe --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -X odaq/internal/app.Version=$(VERSION)
N        ?= 20000

.PHONY: help demo build tools test check generated generate bench fuzz

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

build: ## build bin/odaq
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/odaq ./cmd/odaq

tools: ## build bin/odaq-verify and bin/odaq-trustee, for elections
	$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/odaq-verify ./cmd/odaq-verify
	$(GO) build -trimpath -o bin/odaq-trustee ./cmd/odaq-trustee

demo: build ## build, make a synthetic federation (N members) and serve it
	./bin/odaq demo --members $(N)

test: ## install what is missing, start a throw-away PostgreSQL, run every test
	./scripts/install
	$(GO) run ./internal/testkit/dbtest/cluster -- $(GO) test -timeout 20m ./...

check: generated ## what CI runs: generated files, vet, formatting, all tests
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run gofmt -w on these'; exit 1; }
	$(GO) vet ./...
	$(MAKE) test

generated: ## fail where generated files differ from their sources
	$(GO) run ./scripts/generate -check

generate: ## templ, assets, docs/config.md, docs/api/openapi.yaml
	$(GO) run ./scripts/generate

bench: ## the table of docs/performance.md; ODAQ_BENCH_N=2000000 for the whole nation
	$(GO) run ./internal/testkit/dbtest/cluster -nation -- $(GO) run ./scripts/bench
	$(GO) run ./scripts/bench/ballots
	$(GO) test -run xxx -bench . ./internal/kernel/deadline ./internal/kernel/norm/... ./internal/kernel/indicator ./internal/kernel/likeness

fuzz: ## each fuzz target for FUZZTIME (30s)
	./scripts/fuzz
