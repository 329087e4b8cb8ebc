# Tests. What `make check` and `make check-all` run is in tests/suites.txt.
#
# A unit test tests/unit/<room>/test_x.c is a program that links its room and what tests/lint/layers.txt
# allows that room; `make unit T=toml` runs the ones whose path holds "toml".

UNIT_SRCS := $(wildcard tests/unit/*/test_*.c)
UNIT_BINS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRCS))
matching   = $(if $(T),$(foreach f,$(1),$(if $(findstring $(T),$(f)),$(f))),$(1))

# tests/unit/config/test_x.c -> daemon/config; common, proto, client stay themselves, and three rooms
# lie within others.
unit_room = $(or $(if $(filter common proto client,$(1)),$(1)),$(if $(filter init,$(1)),daemon/sandbox/init),$(if $(filter launcher,$(1)),daemon/native/launcher),$(if $(filter reader,$(1)),daemon/image/reader),daemon/$(1))
allowed   = $(1) $(shell sed -n 's,^$(1): *,,p' tests/lint/layers.txt)

CHECK_LIBS := $(shell pkg-config --libs check 2>/dev/null)
define UNIT_RULE
$(patsubst tests/unit/%.c,$(B)/unit/%,$(1)): $(call dobjs,$(1)) $$(foreach r,$(call allowed,$(call unit_room,$(notdir $(patsubst %/,%,$(dir $(1)))))),$$(call lib,$$(r)))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(DLDFLAGS) -o $$@ $$(filter %.o,$$^) $$(call group,$$(filter %.a,$$^)) $$(DLDLIBS) $$(CHECK_LIBS) $(if $(findstring test_seccomp,$(1)),-lseccomp) $(if $(findstring unit/image/,$(1)),-lz) $(if $(findstring unit/reader/,$(1)),$(ARCHIVE))
endef
$(foreach t,$(UNIT_SRCS),$(eval $(call UNIT_RULE,$(t))))

unit: $(B)/clnrm-init $(B)/clnrm-launcher $(B)/clnrm-unpack $(call matching,$(UNIT_BINS)) ## run the unit tests (T=name: those whose path holds it)
	@tests/lib/run-unit $(filter $(B)/unit/%,$^)

# The program that leaves traces in a sandbox and looks for those of others; static, for any image.
PROBE := $(B)/tests/probe
$(PROBE): $(call sobjs,$(wildcard tests/hermeticity/probe/*.c))
	@mkdir -p $(@D)
	$(Q)$(SCC) $(SLDFLAGS) -o $@ $^

# loop_stalls looks at an optimised build: the one that `static` is about anyway.
optimised:
	@$(MAKE) --no-print-directory STATIC=glibc B=build/release-glibc all

integration: $(if $(filter debug,$(MODE)),$(if $(call matching,$(wildcard tests/integration/loop_stalls.sh)),optimised))
integration: all $(PROBE) ## run the integration tests through the real binaries (T=name)
	@CLNRM_BUILD=$(B) tests/lib/run-integration integration $(call matching,$(sort $(wildcard tests/integration/*.sh)))

# ROUNDS: how often each trace is left and looked for.
ROUNDS := 5
hermeticity: all $(PROBE) ## show that nothing gets into or out of a sandbox (T=name, ROUNDS=5)
	@CLNRM_BUILD=$(B) ROUNDS=$(ROUNDS) tests/lib/run-integration hermeticity $(call matching,$(sort $(wildcard tests/hermeticity/*.sh)))

KILLS := 20
kills: all ## kill what runs, KILLS times, and look for what is left
	@CLNRM_BUILD=$(B) KILLS=$(KILLS) tests/lib/run-integration kills $(call matching,$(sort $(wildcard tests/kills/*.sh)))

# Chromium is large, so `make deps` leaves it out; without it this is skipped, and says so.
browser: all ## drive the HTML report in Chromium (make deps-browser installs that)
	@CLNRM_BUILD=$(B) tests/lib/run-integration browser $(call matching,$(sort $(wildcard tests/browser/*.sh)))

SCENARIOS := 20000
soak: all ## run SCENARIOS scenarios, send as many mutated requests, and look for what has grown
	@CLNRM_BUILD=$(B) SCENARIOS=$(SCENARIOS) HTTP_MUTATIONS=$(SCENARIOS) TEST_TIMEOUT=3600 \
		tests/lib/run-integration soak $(call matching,$(sort $(wildcard tests/soak/*.sh)) tests/integration/http_abuse.sh)

# run-toml is told its decoder; others find what they need in CLNRM_BUILD.
conformance: all ## run the cases of others' specifications (T=name)
	@CLNRM_BUILD=$(B) tests/lib/run-parts $(patsubst %/run-toml,'%/run-toml $(B)/toml-decode',\
		$(call matching,$(sort $(wildcard tests/conformance/run-*))))

mutations: ## take each defence away in turn: its test must fail
	@$(MAKE) --no-print-directory MUTATE=1 mutable
	@CLNRM_BUILD=build/debug-mutate MUTATIONS=$(MUTATIONS) tests/lib/run-parts $(wildcard tests/mutations/run)
mutable: all $(PROBE) $(addprefix $(B)/unit/,native/test_engine native/test_fallbacks init/test_init reader/test_reader)

AS_USER := $(sort $(wildcard tests/integration/*.sh tests/hermeticity/*.sh))
as-user: all $(PROBE) ## as root: integration and hermeticity once more, as an ordinary user
	@tests/lib/as-user $(B) $(call matching,$(AS_USER))

# The same tests on other builds; a few that pass through every program.
CORE_TESTS := run_basic run_bad_input cli_usage cli_requests try_command kill_daemon
core: all
	@CLNRM_BUILD=$(B) tests/lib/run-integration core-$(MODE) $(CORE_TESTS:%=tests/integration/%.sh)
static: core ## with STATIC=glibc: the small programs are static, and work
	@tests/lib/is-static $(B)/clnrm $(B)/clnrm-launcher $(B)/clnrm-init

# ---- fuzzing: one program a parser of outside bytes ----
FUZZERS   := $(patsubst tests/fuzz/%_fuzzer.c,%,$(wildcard tests/fuzz/*_fuzzer.c))
FUZZ_DIR  := $(B)/$(if $(FUZZ),search,replay)
FUZZ_MAIN := $(if $(FUZZ),,$(call dobjs,tests/fuzz/replay.c))
FUZZ_LIBS := $(DLIBS) $(call lib,daemon/native/launcher) $(call lib,daemon/image/reader)
$(FUZZERS:%=$(FUZZ_DIR)/%): $(FUZZ_DIR)/%: $(B)/obj/tests/fuzz/%_fuzzer.o $(FUZZ_MAIN) $(FUZZ_LIBS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(DLDFLAGS) $(if $(FUZZ),-fsanitize=fuzzer) -o $@ $(filter %.o,$^) $(call group,$(FUZZ_LIBS)) $(DLDLIBS) $(ARCHIVE)

fuzz-replay: $(addprefix $(FUZZ_DIR)/,$(call matching,$(FUZZERS))) ## feed the fuzzers what they have found so far
	@tests/lib/run-replay $^

FUZZ_SECONDS := 60
fuzz: ## search with each fuzzer for FUZZ_SECONDS (60; needs clang)
	@$(MAKE) --no-print-directory CC=clang FUZZ=1 fuzz-search
fuzz-search: $(addprefix $(FUZZ_DIR)/,$(call matching,$(FUZZERS)))
	@tests/lib/run-fuzz $(FUZZ_SECONDS) $^

# ---- lint ----
# The analyzer of clang-tidy takes minutes where nothing is known from before (lint-quick leaves it out,
# lint-deep gives it the time it likes); what was found clean is not looked at again (build/lint/).
LINT := tests/lint/selfcheck tests/lint/rules tests/lint/format tests/lint/scripts
lint: ## layers, homes of libraries, banned calls, format, clang-tidy, shellcheck
	@tests/lib/run-parts $(LINT) tests/lint/tidy
lint-quick: ## the same without the path-sensitive analyzer
	@tests/lib/run-parts $(LINT) 'tests/lint/tidy --quick'
lint-deep: ## clang-tidy alone, its analyzer without a limit
	@tests/lib/run-parts 'tests/lint/tidy --deep'

format: ## clang-format over all C files
	@tests/lint/format --fix

# ---- all of it ----
deps: ## install the Debian packages that build and tests need
	@tests/lib/deps

deps-browser: ## install Chromium, for `make browser`
	@tests/lib/deps browser

# Packages first: what is built depends on what pkg-config finds, so the rest is a make of its own.
check: deps ## build, and run all tests
	@MAKE='$(MAKE)' tests/lib/run-check check
check-all: deps ## the same with both compilers, all sanitizers, mutations, 200 kills
	@MAKE='$(MAKE)' tests/lib/run-check check all

demo: ## run the examples in a private daemon and show what it did
	@tests/lib/deps demo
	@$(MAKE) --no-print-directory RELEASE=1 all
	@docs/examples/demo build/release

.PHONY: mutable unit integration browser deps-browser soak optimised hermeticity kills conformance mutations as-user core static fuzz-replay fuzz \
        fuzz-search lint lint-quick lint-deep format deps check check-all demo
