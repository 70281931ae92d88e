# The commands of this repository. `make build` and `make demo` need nothing but Debian 12, git and
# make; what is missing is installed by tools/install-packages (as root or with sudo).
#
#   make build      build/release/volant
#   make test       build everything, run every test
#   make demo       a bookshop whose wheel turns in front of you; FOREVER=1 goes on
#   make bench      the comparisons of bench/, each with its peer
#   make crash      200 times SIGKILL under load, then recovery and verification
#   make fuzz       libFuzzer on the parsers, FUZZ_SECONDS each
#   make format     clang-format on every source
#   make docs       the reference pages that are made from tables in the code
#   make clean

BUILD := build/release
WERROR ?= OFF
FUZZ_SECONDS ?= 60
CRASH_ROUNDS ?= 200

.PHONY: build everything test demo bench crash fuzz format docs clean packages configure

build: configure
	cmake --build $(BUILD) --target volant

everything: configure
	cmake --build $(BUILD)

test: everything
	ctest --test-dir $(BUILD) --output-on-failure -j$$(nproc)

demo: build
	tools/demo

bench: everything
	tools/install-packages bench
	bench/run

crash: everything
	VOLANT_CRASH_ROUNDS=$(CRASH_ROUNDS) ctest --test-dir $(BUILD) --output-on-failure -R '^crash'

fuzz:
	tools/install-packages fuzz
	cmake --preset fuzz
	cmake --build build/fuzz --target fuzzers
	tests/fuzz/run build/fuzz $(FUZZ_SECONDS)

format:
	git ls-files '*.h' '*.cpp' | xargs clang-format -i

docs: everything
	VOLANT_WRITE_DOCS=1 ctest --test-dir $(BUILD) --output-on-failure -R '^(core|spec|features|api|cli)$$'

clean:
	rm -rf build

packages:
	@tools/install-packages

configure: packages
	cmake --preset release -DVOLANT_WERROR=$(WERROR)
