# What can be done with this repository? `make help` tells; each target does the set-up that it needs.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup publish release bundle apply automate status diff upgrade remove demo-publish build test test-all check counterparts fuzz fuzz-planted demo bench bench-quick bench-budget lint format clean node

NODE_WANTED := 20.19
# npm writes this file when it has installed everything.
INSTALLED := node_modules/.package-lock.json
POLICY := build/wallarm-policy.wasm
POLICY_DEBUG := build/wallarm-policy.debug.wasm
HOST_SIM := host-sim/dist/cli.js
DEMO := build/demo.mjs
DEMO_PUBLISH := build/demo-publish.mjs
BENCH := build/bench/main.mjs
ANYPOINT := build/anypoint.mjs

POLICY_SOURCES := asconfig.json $(wildcard as-proxy-wasm/*.ts as-proxy-wasm/*.mjs) \
	$(shell find assembly as-proxy-wasm/assembly -name '*.ts')
HOST_SIM_SOURCES := scripts/build-host-sim.mjs scripts/node-bundle.mjs host-sim/package.json \
	$(shell find host-sim/src checked-yaml -type f)
ANYPOINT_SOURCES := scripts/build-anypoint.mjs scripts/node-bundle.mjs $(shell find anypoint/src checked-yaml -type f)
BENCH_SOURCES := scripts/build-bench.mjs scripts/node-bundle.mjs $(POLICY_SOURCES) $(shell find bench test/support -name '*.ts')
FUZZ := build/fuzz.mjs
FUZZ_SOURCES := scripts/build-fuzz.mjs scripts/node-bundle.mjs $(shell find test/fuzz -name '*.ts')
DEMO_SOURCES := scripts/build-demo.mjs scripts/node-bundle.mjs $(shell find demo anypoint/src checked-yaml test/support -name '*.ts')

VARIABLES := SIGN_KEY SLICE ONCE ENGINE SEED SECONDS TARGET REPLAY BUG ENGINES ENVOY_BIN SHOW_LOGS COUNTERPARTS POLICY_WASM CHROMIUM
include anypoint/variables.mk

help: ## what you are reading
	@echo "Targets, each with the set-up that it needs; begin with make demo:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "Variables:"
	@echo "  ONCE=1         make demo and demo-publish end by themselves; exit status 0 only if every outcome was right"
	@echo "  GROUP_ID=...   make setup puts the id of your business group into Cargo.toml"
	@echo "  DRY_RUN=1      publish, release, apply, automate, upgrade and remove only show what they would do"
	@echo "  TIMEOUT=180    seconds after which these and status give up"
	@echo "  API=, ALL=1, CONFIG=, VERSION=, ROLLOUT=, ENV=, ORG=, JSON=1: which API, or every one, configuration, version, environment, business group;"
	@echo "                 on make's command line, not in the environment: docs/applying.md"
	@echo "  SIGN_KEY=file  make bundle signs it with this private key (ssh-keygen -t ed25519); it must lie outside of the repository"
	@echo "  SEED=, SECONDS=, TARGET=, REPLAY=, BUG=: how the fuzzers run; see docs/fuzzing.md"
	@echo "  SLICE=seed     which slice make test plays; by default that of the commit"
	@echo "  ENGINE=envoy   make demo runs on real Envoy (needs Python 3) instead of the simulator"
	@echo
	@echo "Needs Node.js >= $(NODE_WANTED) and npm; make test also Python 3, for real Envoy."

setup: $(INSTALLED) $(ANYPOINT) ## install what package-lock.json lists, make Cargo.toml (GROUP_ID=...), if not done
	@node $(ANYPOINT) setup

build: $(POLICY) $(POLICY_DEBUG) $(HOST_SIM) $(ANYPOINT) ## compile the policy (release, debug), bundle the simulator and the publishing tool

test: build $(DEMO) ## lint, types and all tests, on real Envoy too; of their products a slice (SLICE=seed)
	@node scripts/run-checks.mjs slice

test-all: build $(DEMO) ## the same with every product of engines, transports and faults
	@node scripts/run-checks.mjs all

check: build ## a first look: lint, types and the tests of policy, SDK and docs that start no gateway
	@node scripts/run-checks.mjs quick

# They come from PyPI and the Go proxy, which takes minutes the first time: no part of make test, which uses them once they are there.
counterparts: build ## try the policy, and Envoy's filter, with external processors that others wrote (needs Python 3 and Go)
	@COUNTERPARTS=1 node node_modules/vitest/vitest.mjs run --no-file-parallelism test/ext-proc/counterparts test/external-processor/counterparts

fuzz: $(POLICY) $(FUZZ) ## try inputs at random against the compiled policy (SECONDS=60, SEED=n, TARGET=name, REPLAY=file)
	@node $(FUZZ)

fuzz-planted: $(FUZZ) ## see whether the fuzzers find bugs that are planted on purpose (SECONDS=60 for each, SEED=n, BUG=name)
	@node build/fuzz-planted.mjs

demo: $(POLICY) $(HOST_SIM) $(DEMO) ## watch attacks being blocked; stays until Ctrl-C
	@node $(DEMO)

bench: $(POLICY) $(BENCH) ## measure what the policy costs real Envoy, into bench/RESULTS.md; some 17 minutes
	@node $(BENCH)

bench-quick: $(POLICY) $(BENCH) ## the same in three minutes, coarser, into build/bench/RESULTS.md
	@node $(BENCH) --quick

bench-budget: $(BENCH) ## count the policy's work for a request, and let that be its budget (bench/budget.json)
	@node build/bench/work.mjs --write

publish: $(POLICY) $(ANYPOINT) ## publish a development version to Anypoint Exchange
	@node $(ANYPOINT) publish

release: $(POLICY) $(ANYPOINT) ## publish the version of package.json to Anypoint Exchange, for good
	@node $(ANYPOINT) release

bundle: $(POLICY) $(ANYPOINT) ## make the archive that customers get, in build/bundle/, signed with SIGN_KEY=file
	@node scripts/make-bundle.mjs

# What is applied is what is on Exchange: no policy is compiled here. Variables go on in the environment.
apply: $(ANYPOINT) ## apply the policy to one API (API=id, CONFIG=file.yaml; ROLLOUT=observe, pass or block)
	@node $(ANYPOINT) apply

automate: $(ANYPOINT) ## apply it to all APIs of an environment, now and later (CONFIG=file.yaml, ENV=name)
	@node $(ANYPOINT) automate

diff: $(ANYPOINT) ## show what would change at one API (API=id, and CONFIG=, VERSION=, ROLLOUT=)
	@node $(ANYPOINT) diff

status: $(ANYPOINT) ## show versions on Exchange, who uses which, who is behind, who gets it twice
	@node $(ANYPOINT) status

upgrade: $(ANYPOINT) ## bring every use of the policy up to date, or one API's (API=id)
	@node $(ANYPOINT) upgrade

remove: $(ANYPOINT) ## take the policy away from one API (API=id), or from everywhere (ALL=1)
	@node $(ANYPOINT) remove

demo-publish: $(POLICY) $(HOST_SIM) $(ANYPOINT) $(DEMO) ## watch the policy come to APIs and go again, through a stand-in for Anypoint
	@node $(DEMO_PUBLISH)

lint: $(INSTALLED) ## ESLint and Prettier
	@node node_modules/eslint/bin/eslint.js .
	@node node_modules/prettier/bin/prettier.cjs --check --log-level warn .

format: $(INSTALLED) ## let Prettier and ESLint mend what they can
	@node node_modules/prettier/bin/prettier.cjs --write --log-level warn .
	@node node_modules/eslint/bin/eslint.js --fix .

clean: ## remove what was built or installed (.venv with real Envoy too)
	rm -rf build host-sim/dist examples/*/build node_modules .venv .cache

node:
	@command -v node >/dev/null && command -v npm >/dev/null || { \
	  echo "Node.js >= $(NODE_WANTED) with npm is needed: https://nodejs.org/" >&2; exit 1; }
	@node scripts/require-node.mjs $(NODE_WANTED)

$(INSTALLED): package-lock.json | node
	@echo "Installing npm packages ..."
	@npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

# What the optimizer says when a round more might have saved some bytes looks like a warning, and is none.
QUIETLY := 2> >(grep -v '^Last converge was suboptimal' >&2)

# Written only where it differs, so that a package.json that has changed otherwise compiles nothing.
assembly/version.ts: package.json scripts/write-version.mjs | node
	@node scripts/write-version.mjs

$(POLICY): $(POLICY_SOURCES) | $(INSTALLED)
	@echo "Compiling the policy ..."
	@node node_modules/assemblyscript/bin/asc.js --target release $(QUIETLY)

$(POLICY_DEBUG): $(POLICY_SOURCES) | $(INSTALLED)
	@echo "Compiling the policy with debug information ..."
	@node node_modules/assemblyscript/bin/asc.js --target debug $(QUIETLY)

$(HOST_SIM): $(HOST_SIM_SOURCES) | $(INSTALLED)
	@echo "Bundling the simulator ..."
	@node scripts/build-host-sim.mjs

$(ANYPOINT): $(ANYPOINT_SOURCES) | $(INSTALLED)
	@node scripts/build-anypoint.mjs

$(FUZZ): $(FUZZ_SOURCES) | $(INSTALLED)
	@node scripts/build-fuzz.mjs

$(DEMO): $(DEMO_SOURCES) | $(INSTALLED)
	@node scripts/build-demo.mjs

$(BENCH): $(BENCH_SOURCES) | $(INSTALLED)
	@node scripts/build-bench.mjs
