# make            builds the binary that is shipped
# make test       installs what the tests need, runs them as root and as an ordinary user
# make check      the whole gate: tests, formatting, lints, documentation
# make model      checks the model of the protocol with more clients than make test does
# make check-targets TARGETS="..."
#                 compiles for other systems, and compares layouts with their headers
# make test-systems SYSTEMS="..."
#                 runs semlock on other kernels, C libraries and processors
# make mutants    changes the program in one place at a time: each time, a test must fail
#                 (SAMPLE=N: N random changes elsewhere, with all tests; SEED=S repeats them)
# make coverage   the lines that the tests run; fails below $(COVERAGE) percent
# make deny       licences, versions, sources and advisories of the crates
# make torture    takes a million locks among kills, removals and new limits
# make faults     runs every subcommand with one fault at every system call
# make fuzz TARGETS="..." SECONDS=600
#                 feeds each parser with made-up inputs for ten minutes
# make bench PARTS="..."
#                 measures what semlock costs, in one table
# make check-instructions
#                 compares counts of instructions and system calls with those of before
# make generate   writes man/ from src/cli/ and src/manual/
# make install    installs below $(PREFIX)
# make uninstall  removes what make install has installed
# make dist TARGETS="..."
#                 builds the tarballs, Debian packages and RPMs of a release, in target/dist
# make test-packages TARGETS="..."
#                 builds, installs, uses, upgrades and purges these packages
# make release VERSION=X.Y.Z
#                 commits and tags a new version, or changes nothing

CARGO ?= cargo
PREFIX ?= /usr/local
DESTDIR ?=
TARGET := $(shell rustc -vV | sed -n 's/^host: //p')
BINARY := target/$(TARGET)/release/semlock

# The program does not depend on where its crates were unpacked. To inline only what is
# smallest makes it a fortieth smaller and no slower; opt-level "z" costs lists a tenth.
CARGO_HOME ?= $(HOME)/.cargo
FLAGS := "--remap-path-prefix=$(CARGO_HOME)/registry/src/=", "-Cllvm-args=-inline-threshold=10"

# A static binary that is not relocated starts faster, which is a good part of
# what `semlock lock ... -- true` takes. Where there is no static C library
# (Fedora has it in glibc-static), an ordinary binary does the same.
ifneq ($(wildcard $(shell $(CC) -print-file-name=libc.a)),)
FLAGS += , "-Ctarget-feature=+crt-static", "-Crelocation-model=static"
endif

.PHONY: build test check model lint check-size check-targets test-systems bench generate install
.PHONY: install-files check-instructions torture faults fuzz mutants deny coverage
.PHONY: uninstall dist test-packages release clean

BUILD := $(CARGO) build --release --locked --target $(TARGET) --config 'target.$(TARGET).rustflags=[$(FLAGS)]'

build:
	$(BUILD)
	@echo "built $(BINARY)"

test:
	tests/setup tests
	tests/run $(CARGO) test --locked --no-fail-fast
	$(MODEL) $(CARGO) run --locked --example model

check: test lint

# It compares its semaphores with real ones.
MODEL := unshare --map-root-user --ipc

model: export SEMLOCK_LARGE_MODEL = 1
model:
	tests/setup tests
	$(MODEL) $(CARGO) run --profile library --locked --example model -- --test-threads=1

lint:
	tests/setup mandoc
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --no-deps --document-private-items
	mandoc -T lint -W warning man/*.[17]
	$(MAKE) deny check-size check-instructions

# The size that the static binary for x86-64 must not exceed.
MAX_BYTES := 3500000

check-size: build
	@packaging/check-size $(BINARY) $(MAX_BYTES)

# RENEW=--renew accepts the counts of today.
check-instructions: build
	tests/setup instructions
	@tests/bench/instructions $(BINARY) $(RENEW)

check-targets:
	tests/setup targets
	tests/targets/check $(TARGETS)

test-systems:
	tests/systems/run $(SYSTEMS)

torture: build
	tests/setup tests
	SEMLOCK_TORTURED=$(abspath $(BINARY)) SEMLOCK_TORTURE=$${SEMLOCK_TORTURE:-1000000} \
		$(CARGO) test --locked --test torture -- --nocapture

faults:
	tests/setup tests
	SEMLOCK_FAULTS=$${SEMLOCK_FAULTS:-all} $(CARGO) test --profile library --locked --test faults

SECONDS ?= 600

fuzz:
	tests/setup fuzz
	tests/fuzz/run $(SECONDS) $(TARGETS)

bench: build
	tests/setup bench
	$(CARGO) build --profile library --locked --example pairs
	tests/bench/run $(BINARY) $(PARTS)

mutants:
	tests/setup mutants
	tests/mutants/run $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED))

# The share of lines, in percent, that the tests must run.
COVERAGE := 95

coverage:
	tests/setup tests
	tests/setup coverage
	tests/coverage/run $(COVERAGE)

deny:
	tests/setup deny
	tests/deny

generate:
	SEMLOCK_REGENERATE=1 $(CARGO) test --locked --test suite generated::

SHARE := $(DESTDIR)$(PREFIX)/share

install: build install-files

install-files:
	install -Dm755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/semlock
	install -Dm644 -t $(SHARE)/man/man1 man/*.1
	install -Dm644 -t $(SHARE)/man/man7 man/*.7
	install -Dm644 -t $(SHARE)/semlock/schema man/schema/*.json
	install -Dm644 completions/semlock.bash $(SHARE)/bash-completion/completions/semlock
	install -Dm644 completions/_semlock $(SHARE)/zsh/site-functions/_semlock
	install -Dm644 completions/semlock.fish $(SHARE)/fish/vendor_completions.d/semlock.fish
	install -Dm644 -t $(SHARE)/doc/semlock README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE
	find man/recipes/files -type f -perm -100 -exec install -Dm755 -t $(SHARE)/doc/semlock/examples {} +
	find man/recipes/files -type f ! -perm -100 -exec install -Dm644 -t $(SHARE)/doc/semlock/examples {} +

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/semlock
	rm -f $(SHARE)/man/man1/semlock.1 $(SHARE)/man/man1/semlock-*.1 $(SHARE)/man/man7/semlock-*.7
	rm -f $(SHARE)/bash-completion/completions/semlock $(SHARE)/zsh/site-functions/_semlock
	rm -f $(SHARE)/fish/vendor_completions.d/semlock.fish
	rm -rf $(SHARE)/semlock $(SHARE)/doc/semlock

dist:
	tests/setup dist
	packaging/dist $(TARGETS)

test-packages: dist
	tests/setup packages
	tests/packages/run $(TARGETS)

release:
	packaging/release "$(VERSION)"

clean:
	$(CARGO) clean
