# Tests. A unit test tests/unit/<room>/test_x.c is a program that links its room and what
# tests/lint/layers.txt allows that room; `make unit T=toml` runs the ones whose path holds "toml".

UNIT_SRCS := $(wildcard tests/unit/*/test_*.c)
UNIT_BINS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRCS))

# tests/unit/config/test_x.c -> daemon/config; common, proto, client stay themselves, and two rooms
# lie within others.
unit_room = $(or $(if $(filter common proto client,$(1)),$(1)),$(if $(filter init,$(1)),daemon/sandbox/init),$(if $(filter launcher,$(1)),daemon/native/launcher),daemon/$(1))
allowed   = $(filter-out client,$(1) $(shell sed -n 's,^$(1): *,,p' tests/lint/layers.txt))

define UNIT_RULE
$(patsubst tests/unit/%.c,$(B)/unit/%,$(1)): $(call dobjs,$(1)) $$(foreach r,$(call allowed,$(call unit_room,$(notdir $(patsubst %/,%,$(dir $(1)))))),$$(call lib,$$(r)))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(DLDFLAGS) -o $$@ $$(filter %.o,$$^) $$(call group,$$(filter %.a,$$^)) $$(DLDLIBS) $$(shell pkg-config --libs check) $(if $(findstring test_seccomp,$(1)),-lseccomp)
endef
$(foreach t,$(UNIT_SRCS),$(eval $(call UNIT_RULE,$(t))))

unit: $(B)/clnrm-init $(B)/clnrm-launcher $(if $(T),$(foreach b,$(UNIT_BINS),$(if $(findstring $(T),$(b)),$(b))),$(UNIT_BINS)) ## run the unit tests (T=name: those whose path holds it)
	@tests/lib/run-unit $(filter $(B)/unit/%,$^)

# The program that leaves traces in a sandbox and looks for those of others; static, for any image.
PROBE := $(B)/tests/probe
$(PROBE): $(call sobjs,$(wildcard tests/hermeticity/probe/*.c))
	@mkdir -p $(@D)
	$(Q)$(SCC) $(SLDFLAGS) -o $@ $^

# ROUNDS: how often each trace is left and looked for.
hermeticity: all $(PROBE) ## run the isolation tests (T=name, ROUNDS=5)
	@CLNRM_BUILD=$(B) ROUNDS=$(or $(ROUNDS),5) tests/lib/run-integration hermeticity $(if $(T),$(wildcard tests/hermeticity/*$(T)*.sh),$(sort $(filter-out %/lib.sh,$(wildcard tests/hermeticity/*.sh))))

integration: all ## run the integration tests through the real binaries (T=name)
	@CLNRM_BUILD=$(B) tests/lib/run-integration integration $(if $(T),$(wildcard tests/integration/*$(T)*.sh),$(sort $(wildcard tests/integration/*.sh)))

deps: ## install the Debian packages that build and tests need
	@tests/lib/deps

# Packages first: what is built depends on what pkg-config finds, so the rest is a make of its own.
check: deps ## build, and run all tests
	@$(MAKE) --no-print-directory check-unit
check-unit: unit

demo: deps all ## run the examples in a private daemon and show what it did
	@docs/examples/demo $(B)

.PHONY: unit integration hermeticity demo deps check check-unit
