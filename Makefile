# clnrm - build, test, install. `make help` lists targets and knobs.
#
# Every folder of source is a room and becomes one archive; a program or unit test links the rooms
# that its own may use (tests/lint/layers.txt), so that an undeclared arrow does not link.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

Q       := $(if $(V),,@)

VERSION := 1.0.0
PREFIX  := /usr/local
# Parts that can be left out, and their dependencies with them. What is not built yet is 0.
WITH_SYSTEMD := 1
WITH_OTEL    := 0
WITH_DOCKER  := 0
$(foreach g,OTEL DOCKER,$(if $(filter-out 0,$(WITH_$(g))),$(error WITH_$(g)=$(WITH_$(g)): this source has no such part yet)))
$(if $(filter-out 0 1,$(WITH_SYSTEMD)),$(error WITH_SYSTEMD is 0 or 1))
$(if $(filter-out glibc,$(STATIC)),$(error STATIC=$(STATIC): only glibc is known))
$(if $(filter-out 1 thread,$(SAN)),$(error SAN=$(SAN): 1 or thread))

# A folder for each kind of build, so that they stand side by side.
MODE    := $(if $(STATIC),release-$(STATIC),$(if $(SAN),san-$(SAN),$(if $(RELEASE),release,debug)))
MODE    := $(if $(FUZZ),fuzz,$(MODE)$(if $(MUTATE),-mutate)$(if $(filter clang%,$(CC)),-clang))
B       ?= build/$(MODE)
BUILD   := $(shell git rev-parse --short=7 HEAD 2>/dev/null || echo unknown)

CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
CLANG   := $(filter clang%,$(CC))
AR      := $(if $(CLANG),$(firstword $(shell command -v llvm-ar llvm-ar-14 2>/dev/null) ar),gcc-ar)
OPTIMAL := $(RELEASE)$(STATIC)
TRIPLET := $(shell gcc -print-multiarch 2>/dev/null)
SANS    := $(if $(FUZZ),-fsanitize=fuzzer-no-link -fsanitize=address -fsanitize=undefined,)$(if $(filter 1,$(SAN)),-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=undefined,$(SAN:%=-fsanitize=%))
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
           -Wwrite-strings -Wcast-qual -Wformat=2 -Wvla -Wundef -Wconversion -Wno-sign-conversion -Wimplicit-fallthrough \
           $(if $(CLANG),-Wno-string-conversion) # assert(!"what cannot be")
# Sanitizers confuse the warnings of gcc, so those are not errors there. What they put in takes the optimiser
# longer than it saves the tests, and what is not optimised away is looked at; of debug information they need lines.
OPT     := $(if $(OPTIMAL),-O2 -D_FORTIFY_SOURCE=2,$(if $(filter 1,$(SAN)),-O0 -g1,-Og) $(if $(NO_WERROR)$(SAN)$(FUZZ),,-Werror))
LTO     := $(if $(OPTIMAL),$(if $(CLANG),,-flto=auto -fno-fat-lto-objects))
HARDEN  := -fstack-protector-strong $(if $(filter x86_64-% i386-%,$(TRIPLET)),-fstack-clash-protection -fcf-protection)
GATES   := $(foreach g,OTEL DOCKER SYSTEMD,-DCLNRM_WITH_$(g)=$(WITH_$(g)))
BASE    := -std=gnu17 -D_GNU_SOURCE -I. -MMD -MP -g $(WARN) $(OPT) \
           -DCLNRM_VERSION='"$(VERSION)"' -DCLNRM_MODE='"$(MODE)"' $(GATES) $(if $(OPTIMAL),,-DTEST_SWITCHES) $(if $(MUTATE),-DMUTATIONS) $(EXTRA_CFLAGS)

# The daemon: dynamic glibc and the libraries of docs/ARCHITECTURE.md.
LIBS    := libmicrohttpd jansson yaml-0.1 sqlite3 libpcre2-8 libcrypto
# Of libarchive only what reads tar, gzip and zstd: its shared library brings an XML parser and ICU, 30 MB of
# address space and a millisecond of every start. Of clnrm-unpack alone.
ARCHIVE := $(if $(wildcard /usr/lib/$(TRIPLET)/libarchive.a),-l:libarchive.a -lz -lzstd,-larchive)
DCFLAGS := $(BASE) -fPIE $(HARDEN) $(SANS) $(LTO) $(shell pkg-config --cflags $(LIBS) 2>/dev/null)
DLDLIBS := $(shell pkg-config --libs $(LIBS) 2>/dev/null) -lpthread -lm
DLDFLAGS := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(SANS) $(LTO) $(if $(OPTIMAL),-O2 $(HARDEN))

# The small static programs: musl where it is, static glibc otherwise or with STATIC=glibc.
# Sanitizers need glibc and dynamic linking; so in such builds what runs within a sandbox, where there is
# no library, is plain, and so is with SAN=thread what may have one thread only.
MUSL    := $(if $(STATIC)$(SAN)$(CLANG)$(FUZZ),,$(shell command -v musl-gcc 2>/dev/null))
SCC     := $(if $(MUSL),$(MUSL),$(CC))
SCFLAGS := $(BASE) $(if $(MUSL),-idirafter /usr/include -idirafter /usr/include/$(TRIPLET)) \
           -fno-pie $(HARDEN) -ffunction-sections -fdata-sections
SLDBASE  := -no-pie -Wl,--gc-sections,-z,relro,-z,noexecstack
SLDFLAGS := $(if $(SAN),$(SANS),-static) $(SLDBASE)
# The two kinds of small programs, their flags, and which of them is what; one kind without sanitizers.
CFLAGS_static  := $(SCFLAGS) $(SANS)
CFLAGS_plain   := $(SCFLAGS)
LDFLAGS_static := $(SLDFLAGS)
LDFLAGS_plain  := -static $(SLDBASE)
INIT_KIND      := $(if $(SAN),plain,static)
LAUNCHER_KIND  := $(if $(filter thread,$(SAN)),plain,static)

quoted = '$(subst ','\'',$(1))'

# ---- rooms ----
DAEMON_ROOMS := daemon/core daemon/model daemon/wire daemon/store daemon/image daemon/sandbox daemon/native \
                daemon/template daemon/config daemon/watch daemon/cache daemon/report daemon/pool daemon/run \
                daemon/server
ROOMS   := common proto $(DAEMON_ROOMS)
# A file named *_main.c is a program, not part of its room.
srcs     = $(filter-out %_main.c,$(wildcard $(1)/*.c))
lib      = $(B)/lib/$(subst /,_,$(1)).a
dobjs    = $(patsubst %.c,$(B)/obj/%.o,$(1))
sobjs    = $(patsubst %.c,$(B)/$(or $(2),static)/%.o,$(1))

PROGRAMS := $(addprefix $(B)/,clnrm clnrmd clnrm-launcher clnrm-init clnrm-unpack toml-decode options-man)

all: $(PROGRAMS) ## build the programs into build/<mode>/

# What an object was compiled with: other flags, other compiler, and all of it is compiled again.
FLAGS := $(CC) $(DCFLAGS) | $(SCC) $(CFLAGS_static) | $(DLDFLAGS) $(DLDLIBS) $(SLDFLAGS)
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$(FLAGS)) | cmp -s - $@ || printf '%s\n' $(call quoted,$(FLAGS)) >$@

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(DCFLAGS) $(OBJ_CFLAGS) -c -o $@ $<

define KIND_RULE
$(B)/$(1)/%.o: %.c $(B)/flags
	@mkdir -p $$(@D)
	$$(Q)$$(SCC) $$(CFLAGS_$(1)) $$(OBJ_CFLAGS) -c -o $$@ $$<

$(B)/lib/$(1)_common.a: $(call sobjs,$(call srcs,common) $(call srcs,proto),$(1)) common proto
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)ar rcs $$@ $$(filter %.o,$$^)
endef
$(foreach k,$(sort static $(INIT_KIND)),$(eval $(call KIND_RULE,$(k))))

# The commit is in one object alone, so that a commit does not rebuild everything.
$(foreach k,obj static plain,$(B)/$(k)/common/build.o): OBJ_CFLAGS = -DCLNRM_BUILD='"$(BUILD)"'
$(foreach k,obj static plain,$(B)/$(k)/common/build.o): $(B)/build-id
$(B)/build-id: FORCE
	@mkdir -p $(@D)
	@echo '$(BUILD)' | cmp -s - $@ || echo '$(BUILD)' >$@
FORCE:

# The folder is a prerequisite, so that a file that was taken away leaves the archive too.
define ROOM_RULE
$(call lib,$(1)): $(call dobjs,$(call srcs,$(1))) $(1)
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$(filter %.o,$$^)
endef
# client is a program; as an archive its unit tests link it, and so do those of the static programs.
$(foreach r,$(ROOMS) client daemon/native/launcher daemon/sandbox/init daemon/image/reader,$(eval $(call ROOM_RULE,$(r))))

# The schemas are part of the daemon: it reads no file of its own at run time.
SCHEMAS := $(sort $(wildcard proto/schema/*.json))
$(B)/gen/schemas.c: common/embed $(SCHEMAS)
	@mkdir -p $(@D)
	$(Q)common/embed proto/schema.h schema schemas proto/schema .json $(SCHEMAS) >$@
$(B)/gen/schemas.o: $(B)/gen/schemas.c proto/schema.h
	$(Q)$(CC) $(DCFLAGS) -c -o $@ $<
$(call lib,proto): $(B)/gen/schemas.o

# So is the macro library of templates.
$(B)/gen/macros.c: daemon/template/embed daemon/template/_macros.toml.tera
	@mkdir -p $(@D)
	$(Q)daemon/template/embed daemon/template/_macros.toml.tera >$@
$(B)/gen/macros.o: $(B)/gen/macros.c daemon/template/libraries.h
	$(Q)$(CC) $(DCFLAGS) -c -o $@ $<
$(call lib,daemon/template): $(B)/gen/macros.o

# So are the files that `clnrm init` and `clnrm template` start from.
SAMPLES := $(shell find daemon/server/samples -type f | LC_ALL=C sort)
$(B)/gen/samples.c: common/embed $(SAMPLES)
	@mkdir -p $(@D)
	$(Q)common/embed daemon/server/samples.h sample samples daemon/server/samples '' $(SAMPLES) >$@
$(B)/gen/samples.o: $(B)/gen/samples.c daemon/server/samples.h
	$(Q)$(CC) $(DCFLAGS) -c -o $@ $<
$(call lib,daemon/server): $(B)/gen/samples.o

# So is the page that reports in HTML are.
PAGE := $(sort $(wildcard daemon/report/page/*))
$(B)/gen/page.c: common/embed $(PAGE)
	@mkdir -p $(@D)
	$(Q)common/embed daemon/report/page_priv.h page_file page_files daemon/report/page '' $(PAGE) >$@
$(B)/gen/page.o: $(B)/gen/page.c daemon/report/page_priv.h daemon/report/report.h
	$(Q)$(CC) $(DCFLAGS) -c -o $@ $<
$(call lib,daemon/report): $(B)/gen/page.o

DLIBS := $(foreach r,$(ROOMS),$(call lib,$(r)))
group  = -Wl,--start-group $(1) -Wl,--end-group

$(B)/clnrmd: $(call dobjs,$(wildcard daemon/*.c)) $(DLIBS)
	$(Q)$(CC) $(DLDFLAGS) -o $@ $(filter %.o,$^) $(call group,$(DLIBS)) $(DLDLIBS)

# Name, folder, kind.
define SMALL_PROGRAM
$(B)/$(1): $(call sobjs,$(wildcard $(2)/*.c),$(3)) $(B)/lib/$(3)_common.a
	$$(Q)$$(SCC) $$(LDFLAGS_$(3)) -o $$@ $$^
endef
$(eval $(call SMALL_PROGRAM,clnrm,client,static))
$(eval $(call SMALL_PROGRAM,clnrm-launcher,daemon/native/launcher,$(LAUNCHER_KIND)))
$(eval $(call SMALL_PROGRAM,clnrm-init,daemon/sandbox/init,$(INIT_KIND)))

# What reads archives for the daemon: dynamic, so that its addresses are random.
$(B)/clnrm-unpack: $(call dobjs,$(wildcard daemon/image/reader/*.c)) $(call lib,common)
	$(Q)$(CC) $(DLDFLAGS) -o $@ $^ $(ARCHIVE)

# Programs of the room config: TOML to tagged JSON, and the option table as a part of a man page.
$(B)/toml-decode: $(call dobjs,daemon/config/toml_decode_main.c)
$(B)/options-man: $(call dobjs,daemon/config/options_man_main.c)
$(B)/toml-decode $(B)/options-man: $(foreach r,daemon/config daemon/model daemon/core common,$(call lib,$(r)))
	$(Q)$(CC) $(DLDFLAGS) -o $@ $(filter %.o,$^) $(call group,$(filter %.a,$^)) $(DLDLIBS)

clean: ## remove everything that was built
	rm -rf build

help: ## list targets and knobs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort -u | sed 's/:.*## /\t/' | expand -t 16
	@printf '\nknobs of a build; each kind has its folder below build/ (B=folder for another)\n'
	@printf '%-16s%s\n' RELEASE=1 'optimised, link-time optimisation, hardened' \
		STATIC=glibc 'the same, the small programs with static glibc instead of musl' \
		SAN=1 'address and undefined sanitizers' SAN=thread 'thread sanitizer' \
		CC=clang 'the other compiler' MUTATE=1 'with switches that take defences away, for tests' \
		WITH_SYSTEMD=0 'without sd_notify, socket activation, units' \
		'T=text' 'of unit, integration, fuzz: only those whose path holds it' \
		'V=1' 'show commands'
	@printf '%-16s%s\n' 'PREFIX, DESTDIR' 'of install and uninstall ($(PREFIX))'

include tests/tests.mk
-include bench/bench.mk
include systemd/install.mk
-include $(shell find $(B)/obj $(B)/static $(B)/plain -name '*.d' -type f 2>/dev/null)

.PHONY: all clean help FORCE
