# Everything is derived from go.work; a new module in it needs no line here.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BUILD := $(CURDIR)/.build
export PATH := $(BUILD)/bin:$(PATH)

GOLANGCI_VERSION := 2.15.0
FUZZTIME ?= 1m
ARGS ?=

MODULES = $(shell go list -m -f '{{.Dir}}')
PACKAGES = $(addsuffix /...,$(MODULES))
# Modules that go.work leaves out (internal/workspace in scripts knows why).
APART := scripts/bench scripts/e2e/issuers
HOUSE := go run ./scripts/cmd/house

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-13s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: test
test: ## Test every module in the workspace, with the race detector
	go test -race -count=1 $(PACKAGES) # some tests read files of other modules, which the test cache does not see

.PHONY: lint
lint: tools ## gofmt, the rules of the house, go vet, golangci-lint for every module, shellcheck
	@unformatted=$$(gofmt -l $(MODULES)); if [[ -n $$unformatted ]]; then printf 'not formatted (gofmt -w):\n%s\n' "$$unformatted"; exit 1; fi
	@$(HOUSE) check
	go vet $(PACKAGES)
	@for dir in $(MODULES); do \
		if [[ -z $$(cd "$$dir" && go list ./... 2>/dev/null) ]]; then continue; fi; \
		echo "golangci-lint $${dir#$(CURDIR)/}"; \
		(cd "$$dir" && golangci-lint run --allow-parallel-runners --config $(CURDIR)/.golangci.yml ./...); \
	done
	@for dir in $(APART); do \
		echo "golangci-lint $$dir"; \
		settings=$$($(HOUSE) apart-env $$dir); \
		(cd "$$dir" && env $$settings go vet ./... && env $$settings golangci-lint run --config $(CURDIR)/.golangci.yml ./...); \
	done
	git ls-files -z -co --exclude-standard -- '*.sh' .ci/run | xargs -0 shellcheck

.PHONY: proxy
proxy: ## Make a module proxy of the tree in .build/proxy
	@$(HOUSE) proxy-env >/dev/null
	@echo "the tree is served from .build/proxy; use it with: env \$$(make -s proxy-env) GOWORK=off go get ..."

.PHONY: proxy-env
proxy-env: ## Print the settings to use that proxy with, on one line
	@$(HOUSE) proxy-env

.PHONY: isolate
isolate: ## Build and test each module alone, as its users get it (ARGS='-race ginauth' for one)
	@$(HOUSE) isolate $(ARGS)

.PHONY: tidy
tidy: ## go mod tidy in every module, against the tree
	@$(HOUSE) tidy

.PHONY: demo
demo: ## Run the playground (ARGS=-once to let it try itself and stop)
	go run ./examples/playground $(ARGS)

.PHONY: test-clients
test-clients: ## Generate every kind of client and try it on every framework, in Node and Chromium (needs the npm registry)
	go run ./examples/clients $(ARGS)

.PHONY: test-issuers
test-issuers: ## Protect every framework with real OpenID providers, rotate keys, stop them (needs the npm registry)
	@settings=$$($(HOUSE) apart-env scripts/e2e/issuers); cd scripts/e2e/issuers && env $$settings go run . $(ARGS)

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (default 1m) each
	@targets=$$(git ls-files -co --exclude-standard -- '*_test.go' | xargs -r grep -HoE '^func Fuzz[A-Z][A-Za-z0-9_]*' || true); \
	while IFS=: read -r file func; do \
		if [[ -z $$file ]]; then echo 'no fuzz target'; continue; fi; \
		name=$${func#func }; \
		echo "== $$name in $${file%/*}"; \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "./$${file%/*}"; \
	done <<<"$$targets"

.PHONY: bench
bench: bench-table bench-compare ## Measure: both of the following (ARGS='-rounds 3 -time 100ms' to be quick)

.PHONY: bench-table
bench-table: ## Our benchmarks beside their targets (ARGS: -rounds, -time, -markdown)
	@go run ./scripts/cmd/benchtable $(ARGS)

.PHONY: bench-compare
bench-compare: ## authkeel beside other libraries (ARGS: the same)
	@settings=$$($(HOUSE) apart-env scripts/bench); cd scripts/bench && env $$settings go run . $(ARGS)

.PHONY: ci
ci: ## All that has to hold before a change lands
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory demo ARGS=-once
	@$(MAKE) --no-print-directory isolate ARGS=
	@$(MAKE) --no-print-directory test-clients ARGS=

.PHONY: tools
tools: ## Install what lint needs and the machine lacks
	@if ! command -v shellcheck >/dev/null; then apt-get update -q && apt-get install -y -q --no-install-recommends shellcheck; fi
	@if [[ $$(golangci-lint version --short 2>/dev/null) != $(GOLANGCI_VERSION) ]]; then \
		echo 'building golangci-lint $(GOLANGCI_VERSION), which takes some minutes'; \
		cd / && GOWORK=off GOBIN=$(BUILD)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(GOLANGCI_VERSION); \
	fi

.PHONY: clean
clean: ## Remove everything that was generated
	@if [[ -d $(BUILD) ]]; then chmod -R u+w $(BUILD); fi # a module cache is read-only
	rm -rf $(BUILD) go.work.sum
