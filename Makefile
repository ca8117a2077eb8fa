# SPDX-License-Identifier: BSD-3-Clause
# A front for people; Meson and Ninja do the building. `make help` lists what there is.

BUILD ?= build
MESON_ARGS ?=
SECONDS ?= 60
FUZZERS ?=
BENCH_ARGS ?=
PREFIX ?= /usr/local
PLAIN = --auto-features=enabled $(MESON_ARGS)

# $(call configure,directory,options): a build directory is configured once.
configure = @[ -f $(1)/build.ninja ] || meson setup $(1) $(2)

.PHONY: help all run test bench bench-machine guests install soak coverage docs fmt fmt-check headers gcc clang asan \
	tsan s390x riscv system fuzz verify deps deps-ci clean

help:
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## /\1	/p' $(MAKEFILE_LIST) | expand -t 16

all: deps ## build the libraries, the program and the tests
	$(call configure,$(BUILD),$(PLAIN))
	@ninja -C $(BUILD) --quiet

run: all ## boot Debian's kernel with a disk behind the IOMMU, and look into a recording of a real machine
	@scripts/install-deps run
	@scripts/run-demo $(BUILD)

test: all ## run the tests
	@scripts/run-tests $(BUILD)

bench: all ## run the benchmarks
	@scripts/run-bench $(BUILD) $(BENCH_ARGS)

bench-machine: deps-ci all ## how long Linux guests take, beside QEMU
	@scripts/bench-machine $(BUILD) $(BENCH_ARGS)

guests: deps-ci ## fetch QEMU and the kernels of guests, into a cache for all trees
	@scripts/make-guests

install: ## install what has been built under PREFIX (/usr/local)
	@[ -f $(BUILD)/build.ninja ] || { echo "run make all first"; exit 1; }
	meson configure $(BUILD) --prefix=$(PREFIX)
	meson install -C $(BUILD)

soak: deps-ci all ## the models with more operations, long random tests, and every fuzzer for an hour
	@verify/run soak
	@scripts/run-soak $(BUILD)
	@XLAT_MILLISECONDS=3600000 scripts/run-tests build -t 0 --suite threads
	@$(MAKE) --no-print-directory fuzz SECONDS=3600

coverage: deps-ci ## which lines the tests run: build-coverage/coverage/index.html
	$(call configure,build-coverage,$(PLAIN) -Db_coverage=true -Dbench=disabled)
	@scripts/run-tests build-coverage
	@mkdir -p build-coverage/coverage
	gcovr --root . --filter src/ --filter cli/ --filter include/ --exclude-unreachable-branches \
		--html-details build-coverage/coverage/index.html --print-summary build-coverage

docs: deps-ci ## the API reference: build-docs/html/index.html
	@scripts/make-docs build-docs

fmt: deps-ci ## format every source file
	git ls-files '*.c' '*.h' | xargs clang-format -i

fmt-check: deps-ci ## check that every source file is formatted
	git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror

headers: deps-ci ## compile each public header alone, as each C and C++ that we support
	@tools/check-headers

gcc: deps-ci ## build with gcc, warnings being errors
	$(call configure,build-gcc,$(PLAIN) --werror)
	ninja -C build-gcc --quiet

clang: deps-ci ## build with clang, warnings being errors
	$(call configure,build-clang,$(PLAIN) --werror --native-file tools/native/clang.ini)
	ninja -C build-clang --quiet

asan: deps-ci ## run the tests under the address and undefined behaviour sanitizers
	$(call configure,build-asan,$(PLAIN) --werror --native-file tools/native/clang.ini \
		-Db_sanitize=address$(comma)undefined -Db_lundef=false -Dbench=disabled)
	@scripts/run-tests build-asan -t 5

tsan: deps-ci ## run the unit and thread tests under the thread sanitizer
	$(call configure,build-tsan,$(PLAIN) --werror --native-file tools/native/clang.ini \
		-Db_sanitize=thread -Db_lundef=false -Dbench=disabled)
	@XLAT_MILLISECONDS=$${XLAT_MILLISECONDS:-8000} \
		scripts/run-tests build-tsan -t 5 --suite unit --suite threads

s390x: deps-ci ## run the tests on an emulated big-endian machine
	@scripts/make-s390x-root build-s390x-root
	$(call configure,build-s390x,$(PLAIN) --cross-file build-s390x-root/s390x.ini -Dbench=disabled)
	@XLAT_OPERATIONS=$${XLAT_OPERATIONS:-50000} scripts/run-tests build-s390x --no-suite house --no-suite cli --no-suite riscv -t 5

system: deps-ci all ## run Linux guests and QEMU on our devices
	@scripts/make-guests
	@scripts/run-tests $(BUILD) --suite system

riscv: deps-ci all ## run the programs that test the hart
	@scripts/run-tests $(BUILD) --suite riscv

fuzz: deps-ci ## run every fuzzer for SECONDS (60)
	$(call configure,build-fuzz,$(MESON_ARGS) --native-file tools/native/clang.ini -Dfuzz=enabled \
		-Dbench=disabled -Dtests=disabled -Dexamples=disabled -Db_sanitize=address$(comma)undefined \
		-Db_lundef=false)
	@scripts/run-fuzzers build-fuzz $(SECONDS) $(FUZZERS)

verify: deps-ci ## verify the models of the invalidation protocol, and that they catch mistakes
	@verify/run

deps: ## install the packages that building and testing needs
	@scripts/install-deps

deps-ci: ## install those and the packages of all other targets
	@scripts/install-deps ci

clean: ## remove every build directory
	rm -rf build build-*

comma := ,
