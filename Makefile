# Everything that is built, tried and tested starts here; `make` alone lists the targets.
# A fresh Debian 12 machine needs Go, git and make: each target installs what else it
# lacks (.ci/setup) and says so.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Go unpacked to its usual place is often not on the path of root or sudo.
export PATH := $(PATH):/usr/local/go/bin

# One set of flags for every go command: -trimpath is part of the build cache's key, and
# OpenGL's C bindings take most of a minute to compile. It also lets clones share a cache.
export GOFLAGS := $(strip $(GOFLAGS) -trimpath -buildvcs=false)

# OpenGL ES and X11 alone compile five times faster than Fyne's defaults and need fewer
# packages; migrated_fynedo says that background work reaches widgets by fyne.Do only.
DESKTOP_TAGS := gles,x11,migrated_fynedo

STATICCHECK_VERSION := v0.8.2
STATICCHECK := build/tools/staticcheck-$(STATICCHECK_VERSION)
# Every check but the optional rewrites (QF), so that the doc comment checks are in.
STATICCHECK_CHECKS := all,-QF*

VERSION ?= $(shell git -c safe.directory='*' describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS = -X main.version=$(VERSION)

# The counter is a desktop program where there is a display, else a terminal program.
FACE ?= $(if $(DISPLAY)$(WAYLAND_DISPLAY),desktop,terminal)

DEMO_FLAGS ?=
# By number, not by time: go test -fuzz now and then takes the end of its time for a
# failure ("context deadline exceeded").
FUZZ_SMOKE ?= 2000x
FUZZ_TIME ?= 60s
BENCH ?= .
SEEDS ?= 100
# Simulate for so many minutes; 0 = by SEEDS.
MINUTES ?= 0
CYCLES ?= 1000
ROUNDS ?= 1000
SEED ?= 1
OPS ?= 300
# The public half of the key that signs updates; none: the packages don't update themselves.
RELEASE_KEY ?=
SCREENSHOTS ?= $(CURDIR)/build/screenshots

# The day test drives whole programs; it runs by itself, on programs built for it.
NOT_UNIT := /syncserver/simtest/day$$
# Not raced: OpenGL's bindings would be compiled once more for a main that only wires,
# and built programs, whole simulations, benchmarks and source checks have nothing for the
# detector to see that their parts do not show it.
NOT_RACED := /client$$|/shared/archtest$$|/syncserver/simtest/(day|bench|fresh|faultproxy)$$

XVFB := xvfb-run -a -s '-screen 0 1280x900x24 +extension GLX -nolisten tcp'

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

# Building and trying.

.PHONY: build build-server build-terminal build-desktop demo import-check screenshots
build: build-server build-$(FACE) ## build both programs into build/ (FACE=desktop or terminal; default: by display)

build-server: ## build build/syncserver, a static program
	@.ci/setup modules
	CGO_ENABLED=0 go build -ldflags '$(LDFLAGS)' -o build/syncserver ./syncserver

build-terminal: ## build build/counter for the terminal, a static program
	@.ci/setup modules
	CGO_ENABLED=0 go build -ldflags '$(LDFLAGS)' -o build/counter ./client

build-desktop: ## build build/counter with its window (needs a C compiler and X11 headers)
	@.ci/setup modules desktop
	CGO_ENABLED=1 go build -tags $(DESKTOP_TAGS) -ldflags '$(LDFLAGS)' -o build/counter ./client

demo: build ## run the whole service with a sample district (DEMO_FLAGS="...")
	build/syncserver demo $(DEMO_FLAGS)

import-check: build-server ## import the CSV files in DATA=dir into a throw-away database
	@.ci/import-check '$(DATA)'

screenshots: ## write pictures of every screen and page to build/screenshots
	@.ci/setup modules desktop window browser
	mkdir -p '$(SCREENSHOTS)'
	BOOKPAYBACK_SCREENSHOTS='$(SCREENSHOTS)' CGO_ENABLED=1 $(XVFB) \
		go test -tags $(DESKTOP_TAGS) -count=1 -run Screenshots ./client/... ./syncserver/...
	@ls '$(SCREENSHOTS)'

# Testing.

# Two lanes side by side, one without and one with the C compiler, so that neither
# compiles what the other is compiling. A step's package may not be there yet.
LANE_PLAIN := check-format check-vet check-unit lint \
	$(if $(wildcard syncserver/simtest/day/*.go),check-day) check-fuzz
LANE_CGO := $(if $(wildcard client/*.go),check-desktop check-window) race

.PHONY: test check-format check-vet check-unit check-desktop check-window check-day check-fuzz
.PHONY: lint vet race fuzz sim kill damage power full proxy bench package clean
test: ## run every check: format, vet, lint, unit, window, browser, race, day, fuzz
	@.ci/setup modules desktop window browser paper
	@.ci/lanes '$(LANE_PLAIN)' '$(LANE_CGO)'

check-format:
	@wrong=$$(gofmt -l assets client shared syncserver 2>/dev/null || true); \
	test -z "$$wrong" || { echo "not formatted (gofmt -w):"; echo "$$wrong"; exit 1; }

check-vet:
	CGO_ENABLED=0 go vet ./...

check-unit:
	CGO_ENABLED=0 go test -vet=off $$(go list ./... | grep -vE '$(NOT_UNIT)')

check-desktop: $(STATICCHECK)
	CGO_ENABLED=1 go build -tags $(DESKTOP_TAGS) -ldflags '$(LDFLAGS)' -o build/test/counter-desktop ./client
	CGO_ENABLED=1 go vet -tags $(DESKTOP_TAGS) ./client
	CGO_ENABLED=1 $(STATICCHECK) -tags $(DESKTOP_TAGS) -checks '$(STATICCHECK_CHECKS)' ./client

check-window:
	BOOKPAYBACK_BUILD='$(CURDIR)/build/test' CGO_ENABLED=1 $(XVFB) go test -vet=off -count=1 -tags $(DESKTOP_TAGS) ./client

check-day:
	CGO_ENABLED=0 go build -ldflags '$(LDFLAGS)' -o build/test/syncserver ./syncserver
	CGO_ENABLED=0 go build -ldflags '$(LDFLAGS)' -o build/test/counter ./client
	BOOKPAYBACK_BUILD='$(CURDIR)/build/test' CGO_ENABLED=0 go test -vet=off -count=1 ./syncserver/simtest/day

check-fuzz:
	@.ci/fuzz $(FUZZ_SMOKE)

vet: ## go vet, both builds of the counter
	@.ci/setup modules desktop
	CGO_ENABLED=0 go vet ./...
	CGO_ENABLED=1 go vet -tags $(DESKTOP_TAGS) ./client

lint: $(STATICCHECK) ## staticcheck, with the checks of doc comments
	CGO_ENABLED=0 $(STATICCHECK) -checks '$(STATICCHECK_CHECKS)' ./...

race: ## the tests under the race detector (slow simulations skip themselves: BOOKPAYBACK_RACE=1)
	@.ci/setup modules desktop
	BOOKPAYBACK_RACE=1 CGO_ENABLED=1 go test -race -vet=off $$(go list ./... | grep -vE '$(NOT_RACED)')

fuzz: ## fuzz every target for FUZZ_TIME each (default 60s)
	@.ci/setup modules
	@.ci/fuzz $(FUZZ_TIME)

sim: ## simulate SEEDS seeds, or MINUTES, from SEED on with all faults, OPS acts each; and the sabotages
	@.ci/setup modules
	CGO_ENABLED=0 go test -vet=off -count=1 -timeout 24h -v -run '^(TestSimulation|TestEverySabotageIsNoticed)$$' \
		./syncserver/simtest -sim.seed=$(SEED) -sim.seeds=$(SEEDS) -sim.minutes=$(MINUTES) -sim.acts=$(OPS) \
		| grep -vE '^=== |--- PASS: Test[A-Za-z]+/'

# The real programs under real faults. Each prints one line that begins with RESULT.
LOOP := CGO_ENABLED=0 go test -vet=off -count=1 -timeout 24h -v
RESULTS := grep -E 'RESULT|SKIP|FAIL|^ok|_test.go|^panic'

kill: ## kill the programs at random moments, alone and together, CYCLES times each
	@.ci/setup modules
	CGO_ENABLED=0 go build -ldflags '$(LDFLAGS)' -o build/test/syncserver ./syncserver
	CGO_ENABLED=0 go build -ldflags '$(LDFLAGS)' -o build/test/counter ./client
	BOOKPAYBACK_BUILD='$(CURDIR)/build/test' $(LOOP) -run 'TestKilled|TestAKilled' \
		./client ./syncserver ./syncserver/simtest/day -kill.cycles=$(CYCLES) | $(RESULTS)

damage: ## damage a counter's data folder ROUNDS times: noticed, mended, nothing unsent lost
	@.ci/setup modules
	$(LOOP) -run TestRandomDamage ./client/db -damage.rounds=$(ROUNDS) | $(RESULTS)

power: ## cut the power of a simulated disk CYCLES times
	@.ci/setup modules
	$(LOOP) -run TestPowerCutsLose ./shared/sqlitefile/faultvfs -power.cycles=$(CYCLES) | $(RESULTS)

full: ## fill the disks of a counter and of a server (as root: it mounts small ones)
	@.ci/setup modules
	$(LOOP) -run FullDisk ./client/db ./syncserver | $(RESULTS)

proxy: ## SEEDS seeds of two counters and a server with a faulty network between them
	@.ci/setup modules
	$(LOOP) -run TestABadNetwork ./syncserver/simtest/faultproxy -proxy.seed=$(SEED) -proxy.seeds=$(SEEDS) | $(RESULTS)

bench: ## measure: go test -bench, BENCH=pattern for some
	@.ci/setup modules
	CGO_ENABLED=0 go test -p 1 -run '^$$' -bench '$(BENCH)' \
		$$(grep -rl --include='*_test.go' '^func Benchmark' client shared syncserver | xargs -n1 dirname | sort -u | sed 's|^|./|')

package: ## make the packages for Linux in build/package (tar.xz, .deb of counter and server)
	@.ci/setup modules desktop package
	@DESKTOP_TAGS='$(DESKTOP_TAGS)' RELEASE_KEY='$(RELEASE_KEY)' .ci/package

clean: ## remove what was built (Go's own cache stays)
	rm -rf build

$(STATICCHECK):
	@.ci/setup modules
	@echo "set-up: building staticcheck $(STATICCHECK_VERSION) (make lint)"
	@mkdir -p build/tools
	@GOFLAGS= GOBIN='$(CURDIR)/build/tools' go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION) \
		2>build/tools/install.log || { cat build/tools/install.log; exit 1; }
	@mv build/tools/staticcheck $@
