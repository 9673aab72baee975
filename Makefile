# make            builds the binary that is shipped
# make test       installs what the tests need, runs them as root and as an ordinary user
# make check      the whole gate: tests, formatting, lints, documentation
# make check-targets TARGETS="..."
#                 compiles for other systems, and compares layouts with their headers
# make test-systems SYSTEMS="..."
#                 runs semlock on other kernels, C libraries and processors
# make bench      semlock against setlock and flock, paired in one run
# make generate   writes man/ and completions/ from src/cli/
# make install    installs below $(PREFIX)
# make release VERSION=X.Y.Z
#                 a commit with the new version and a tag, or nothing

CARGO ?= cargo
PREFIX ?= /usr/local
DESTDIR ?=
HOST := $(shell rustc -vV | sed -n 's/^host: //p')
BINARY := target/$(HOST)/release/semlock

# A static binary that is not relocated starts faster, which is a good part of
# what `semlock lock ... -- true` takes. Where there is no static C library
# (Fedora has it in glibc-static), an ordinary binary does the same.
ifneq ($(wildcard $(shell cc -print-file-name=libc.a)),)
STATIC := --config 'target.$(HOST).rustflags=["-Ctarget-feature=+crt-static", "-Crelocation-model=static"]'
endif

.PHONY: build test check lint check-size check-targets test-systems bench generate install release clean

build:
	$(CARGO) build --release --locked --target $(HOST) $(STATIC)
	@echo "built $(BINARY)"

test:
	tests/setup tests
	tests/run $(CARGO) test --locked --no-fail-fast

check: test lint

lint:
	tests/setup mandoc
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --no-deps --document-private-items
	mandoc -T lint -W warning man/*.[17]
	$(MAKE) check-size

# What the static binary of x86-64 may have.
MAX_BYTES := 3500000

check-size: build
	@packaging/check-size $(BINARY) $(MAX_BYTES)

check-targets:
	tests/setup targets
	tests/targets/check $(TARGETS)

test-systems:
	tests/systems/run $(SYSTEMS)

bench: build
	tests/setup bench
	unshare --map-root-user --ipc tests/bench $(BINARY)

generate:
	SEMLOCK_REGENERATE=1 $(CARGO) test --locked --test suite generated::

install: build
	install -Dm755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/semlock
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man1 man/*.1
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man7 man/*.7
	install -Dm644 completions/semlock.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/semlock
	install -Dm644 completions/_semlock $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_semlock
	install -Dm644 completions/semlock.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/semlock.fish

release:
	packaging/release $(VERSION)

clean:
	$(CARGO) clean
