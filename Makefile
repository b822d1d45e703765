# The modules come from the go.work files; a new module needs no line here.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BUILD := $(CURDIR)/.build
export PATH := $(BUILD)/bin:$(PATH)

GOLANGCI_VERSION := 2.15.0
FUZZTIME ?= 1m
ARGS ?=

# The modules of the workspace at the root, and those that have a go.work of
# their own.
MODULES = $(shell go list -m -f '{{.Dir}}')
SEPARATE = $(patsubst %/go.work,$(CURDIR)/%,$(filter-out go.work,$(shell git ls-files '*go.work')))
EXAMPLES = $(filter $(CURDIR)/examples/%,$(MODULES))
PACKAGES = $(addsuffix /...,$(MODULES))
# core and the adapters: ginauth, echoauth, echoauth/v5, ...
LIBRARY = $(shell go list -m -f '{{.Dir}}/...' | grep -E '^$(CURDIR)/(core|[a-z]+auth(/v[0-9]+)?)/\.\.\.$$')
DEV := go run ./scripts/dev

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-15s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: check
check: format-check tree-lint vet build ## The quick check before a commit (minutes, needs Go alone)
	go test $(LIBRARY)

.PHONY: test
test: ## Test every module, with the race detector
	go test -race -count=1 -timeout 40m $(PACKAGES) # some tests read files of other modules, which the test cache does not see
	@for dir in $(SEPARATE); do echo "testing $${dir#$(CURDIR)/}"; (cd "$$dir" && go test -race -timeout 40m ./...); done

# The target test runs these too, so that ci does not call this target.
.PHONY: test-examples
test-examples: ## Test the examples alone, without what the test cache has of them
	go test -count=1 -timeout 20m $(addsuffix /...,$(EXAMPLES))

.PHONY: lint
lint: format-check tree-lint vet golangci shellcheck ## Format, rules of the tree, go vet, golangci-lint, shellcheck

.PHONY: format-check
format-check:
	@unformatted=$$(gofmt -l $(MODULES)); if [[ -n $$unformatted ]]; then printf 'not formatted (run gofmt -w):\n%s\n' "$$unformatted"; exit 1; fi

.PHONY: tree-lint
tree-lint:
	@$(DEV) lint

.PHONY: vet
vet:
	go vet $(PACKAGES)
	@for dir in $(SEPARATE); do echo "go vet $${dir#$(CURDIR)/}"; (cd "$$dir" && go vet ./...); done

.PHONY: build
build: ## Build every package of every module
	go build $(PACKAGES)
	@for dir in $(SEPARATE); do echo "go build $${dir#$(CURDIR)/}"; (cd "$$dir" && go build -o /dev/null ./...); done

.PHONY: golangci
golangci: $(BUILD)/bin/golangci-lint-$(GOLANGCI_VERSION)
	@for dir in $(MODULES) $(SEPARATE); do \
		if [[ -z $$(cd "$$dir" && go list ./... 2>/dev/null) ]]; then continue; fi; \
		echo "golangci-lint $${dir#$(CURDIR)/}"; \
		(cd "$$dir" && $< run --allow-parallel-runners --config $(CURDIR)/.golangci.yml ./...); \
	done

.PHONY: shellcheck
shellcheck:
	@command -v shellcheck >/dev/null || { echo 'make lint needs shellcheck: https://www.shellcheck.net, or the package of that name'; exit 1; }
	git ls-files -z -co --exclude-standard -- '*.sh' .ci/run | xargs -0 shellcheck

$(BUILD)/bin/golangci-lint-$(GOLANGCI_VERSION):
	@echo 'building golangci-lint $(GOLANGCI_VERSION) into .build/bin, which takes some minutes'
	cd / && GOWORK=off GOFLAGS= GOBIN=$(BUILD)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(GOLANGCI_VERSION)
	mv $(BUILD)/bin/golangci-lint $@

.PHONY: proxy
proxy: ## Write a module proxy of the tree to .build/proxy
	@$(DEV) proxy-env >/dev/null
	@echo "the tree is served from .build/proxy; use it with: env \$$(make -s proxy-env) GOWORK=off go get ..."

.PHONY: proxy-env
proxy-env: ## Print the settings to use that proxy with, on one line
	@$(DEV) proxy-env

.PHONY: isolate
isolate: ## Build and test each module alone, as its users get it (ARGS='-race echoauth/v5' for one)
	@$(DEV) isolate $(ARGS)

.PHONY: go-versions
go-versions: ## Test core and the adapters with the lowest and the newest Go (ARGS=core for one)
	@$(DEV) go-versions $(ARGS)

.PHONY: tidy
tidy: ## go mod tidy in every module, against the tree
	@$(DEV) tidy

.PHONY: demo
demo: ## Run the playground (ARGS=-once to make its calls and stop)
	go run ./examples/playground $(ARGS)

.PHONY: test-clients
test-clients: ## Generate every kind of client and test it on every framework, in Node.js and Chromium (needs the npm registry)
	go run ./scripts/e2e $(ARGS)

.PHONY: test-issuers
test-issuers: ## Protect every framework with real OpenID providers, rotate keys, stop them (needs the npm registry)
	@cd scripts/e2e/issuers && go run . $(ARGS)

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
bench: bench-targets bench-compare ## Measure: both of the following (ARGS='-rounds 3 -time 100ms' to be quick)

.PHONY: bench-targets
bench-targets: ## Our benchmarks beside their targets (ARGS: -rounds, -time, -markdown)
	@cd scripts/bench && go run . targets $(ARGS)

.PHONY: bench-compare
bench-compare: ## authkeel beside other libraries (ARGS: the same)
	@cd scripts/bench && go run . compare $(ARGS)

# With -trimpath, a package that one step has compiled is not compiled again by a
# step that has it in another module cache.
.PHONY: ci
ci: export GOFLAGS := $(strip $(shell go env GOFLAGS) -trimpath)
ci: ## Everything that has to pass before a change lands
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory demo ARGS=-once
	@$(MAKE) --no-print-directory isolate ARGS=
	@$(MAKE) --no-print-directory go-versions ARGS=
	@$(MAKE) --no-print-directory test-clients ARGS=

.PHONY: clean
clean: ## Remove everything that was generated
	@if [[ -d $(BUILD) ]]; then chmod -R u+w $(BUILD); fi # a module cache is read-only
	rm -rf $(BUILD) go.work.sum $(addsuffix /go.work.sum,$(SEPARATE))
