# Benches. `make bench` measures a release build against its peers; N="run_one memory" picks some.
# BENCH_QUICK=1 is a smoke test, BENCH_LONG=1 adds what takes minutes, BENCH_CHECK=1 fails on a
# missed target. Peers that are not installed are named and left out. Wants to be root.

BENCH_SRCS := $(filter-out %_main.c,$(wildcard bench/*.c)) bench/bench_main.c
BENCH_OUT  ?= $(B)/bench/results.json

$(B)/bench/bench: $(call dobjs,$(BENCH_SRCS)) $(foreach r,common daemon/core daemon/model daemon/wire daemon/image \
                  daemon/sandbox daemon/native daemon/config daemon/template daemon/cache daemon/pool daemon/report proto,$(call lib,$(r)))
	@mkdir -p $(@D)
	$(Q)$(CC) $(DLDFLAGS) -o $@ $(filter %.o,$^) $(call group,$(filter %.a,$^)) $(DLDLIBS)
$(B)/bench/echo: $(call sobjs,bench/echo_main.c)
	@mkdir -p $(@D)
	$(Q)$(SCC) $(SLDFLAGS) -o $@ $^
$(B)/bench/nop: $(call sobjs,bench/nop_main.c)
	@mkdir -p $(@D)
	$(Q)$(SCC) $(SLDFLAGS) -o $@ $^

BENCH_PROGRAMS := $(addprefix $(B)/bench/,bench echo nop)
bench-programs: all $(BENCH_PROGRAMS)

ifneq ($(RELEASE),)
bench: bench-programs ## measure against peers; N=names, BENCH_QUICK=1, BENCH_LONG=1, BENCH_CHECK=1
	$(B)/bench/bench -o $(BENCH_OUT) $(N)
bench-save: bench-programs ## measure, and keep the result as bench/baseline.json
	$(B)/bench/bench -o bench/baseline.json $(N)
bench-compare: bench ## measure, and compare with bench/baseline.json
	$(B)/bench/bench compare bench/baseline.json $(BENCH_OUT)
else
bench bench-save bench-compare:
	@$(MAKE) --no-print-directory RELEASE=1 $@
endif

.PHONY: bench bench-save bench-compare bench-programs
