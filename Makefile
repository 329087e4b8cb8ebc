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
MODE    := $(if $(STATIC),release-$(STATIC),$(if $(SAN),san-$(SAN),$(if $(RELEASE),release,debug)))
B       ?= build/$(MODE)
BUILD   := $(shell git rev-parse --short=7 HEAD 2>/dev/null || echo unknown)

CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
AR      := $(if $(filter clang,$(CC)),llvm-ar-14,gcc-ar)
SANS    := $(if $(filter 1,$(SAN)),-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=undefined,$(SAN:%=-fsanitize=%))
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
           -Wwrite-strings -Wcast-qual -Wformat=2 -Wvla -Wundef -Wconversion -Wno-sign-conversion -Wimplicit-fallthrough
OPT     := $(if $(RELEASE)$(STATIC),-O2 -D_FORTIFY_SOURCE=2,-Og $(if $(NO_WERROR),,-Werror))
LTO     := $(if $(RELEASE)$(STATIC),-flto=auto -fno-fat-lto-objects)
BASE    := -std=gnu17 -D_GNU_SOURCE -I. -MMD -MP -g $(WARN) $(OPT) \
           -DCLNRM_VERSION='"$(VERSION)"' -DCLNRM_MODE='"$(MODE)"' $(EXTRA_CFLAGS)

# The daemon: dynamic glibc and the libraries of docs/ARCHITECTURE.md.
LIBS    := libmicrohttpd jansson yaml-0.1 sqlite3 libpcre2-8 libcrypto
DCFLAGS := $(BASE) -fPIE -fstack-protector-strong $(SANS) $(LTO) $(shell pkg-config --cflags $(LIBS) 2>/dev/null)
DLDLIBS := $(shell pkg-config --libs $(LIBS) 2>/dev/null) -lpthread -lm
DLDFLAGS := -pie -Wl,-z,relro,-z,now,--as-needed $(SANS) $(LTO) $(if $(RELEASE)$(STATIC),-O2)

# The small static programs: musl where it is, static glibc otherwise or with STATIC=glibc.
# Sanitizers need glibc and dynamic linking.
TRIPLET := $(shell gcc -print-multiarch 2>/dev/null)
MUSL    := $(if $(STATIC)$(SAN),,$(shell command -v musl-gcc 2>/dev/null))
SCC     := $(if $(MUSL),$(MUSL),$(CC))
SCFLAGS := $(BASE) $(if $(MUSL),-idirafter /usr/include -idirafter /usr/include/$(TRIPLET)) $(SANS) \
           -fno-pie -fstack-protector-strong -ffunction-sections -fdata-sections
SLDFLAGS := $(if $(SAN),$(SANS),-static) -no-pie -Wl,--gc-sections

# ---- rooms ----
DAEMON_ROOMS := daemon/core daemon/model daemon/wire daemon/store daemon/image daemon/sandbox daemon/native \
                daemon/config daemon/cache daemon/report daemon/pool daemon/run daemon/server
ROOMS   := common proto $(DAEMON_ROOMS)
# A file named *_main.c is a program, not part of its room.
srcs     = $(filter-out %_main.c,$(wildcard $(1)/*.c))
lib      = $(B)/lib/$(subst /,_,$(1)).a
dobjs    = $(patsubst %.c,$(B)/obj/%.o,$(1))
sobjs    = $(patsubst %.c,$(B)/static/%.o,$(1))

PROGRAMS := $(addprefix $(B)/,clnrm clnrmd clnrm-launcher clnrm-init toml-decode)

all: $(PROGRAMS) ## build the programs into build/<mode>/

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(DCFLAGS) $(OBJ_CFLAGS) -c -o $@ $<

$(B)/static/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(SCC) $(SCFLAGS) $(OBJ_CFLAGS) -c -o $@ $<

# The commit is in one object alone, so that a commit does not rebuild everything.
$(B)/obj/common/build.o $(B)/static/common/build.o: OBJ_CFLAGS = -DCLNRM_BUILD='"$(BUILD)"'
$(B)/obj/common/build.o $(B)/static/common/build.o: $(B)/build-id
$(B)/build-id: FORCE
	@mkdir -p $(@D)
	@echo '$(BUILD)' | cmp -s - $@ || echo '$(BUILD)' >$@
FORCE:

define ROOM_RULE
$(call lib,$(1)): $(call dobjs,$(call srcs,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call ROOM_RULE,$(r))))

# The schemas are part of the daemon: it reads no file of its own at run time.
SCHEMAS := $(sort $(wildcard proto/schema/*.json))
$(B)/gen/schemas.c: proto/schema/embed $(SCHEMAS)
	@mkdir -p $(@D)
	$(Q)proto/schema/embed $(SCHEMAS) >$@
$(B)/gen/schemas.o: $(B)/gen/schemas.c proto/schema.h
	$(Q)$(CC) $(DCFLAGS) -c -o $@ $<
$(call lib,proto): $(B)/gen/schemas.o

DLIBS := $(foreach r,$(ROOMS),$(call lib,$(r)))
group  = -Wl,--start-group $(1) -Wl,--end-group

$(B)/clnrmd: $(call dobjs,$(wildcard daemon/*.c)) $(DLIBS)
	$(Q)$(CC) $(DLDFLAGS) -o $@ $(filter %.o,$^) $(call group,$(DLIBS)) $(DLDLIBS)

STATIC_COMMON := $(call sobjs,$(call srcs,common) $(call srcs,proto))
$(B)/lib/static_common.a: $(STATIC_COMMON)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(B)/clnrm: $(call sobjs,$(wildcard client/*.c)) $(B)/lib/static_common.a
	$(Q)$(SCC) $(SLDFLAGS) -o $@ $(filter %.o,$^) $(B)/lib/static_common.a
$(B)/clnrm-launcher: $(call sobjs,$(wildcard daemon/native/launcher/*.c)) $(B)/lib/static_common.a
	$(Q)$(SCC) $(SLDFLAGS) -o $@ $(filter %.o,$^) $(B)/lib/static_common.a
$(B)/clnrm-init: $(call sobjs,$(wildcard daemon/sandbox/init/*.c)) $(B)/lib/static_common.a
	$(Q)$(SCC) $(SLDFLAGS) -o $@ $(filter %.o,$^) $(B)/lib/static_common.a

TOML_OBJS := $(call dobjs,daemon/config/toml_decode_main.c)
$(B)/toml-decode: $(TOML_OBJS) $(foreach r,daemon/config daemon/model daemon/core common,$(call lib,$(r)))
	$(Q)$(CC) $(DLDFLAGS) -o $@ $(TOML_OBJS) $(call group,$(filter %.a,$^)) $(DLDLIBS)

clean: ## remove everything that was built
	rm -rf build

help: ## list targets and knobs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16
	@echo 'knobs: RELEASE=1, SAN=1 (address, undefined), SAN=thread, STATIC=glibc, CC=clang, T=name, B=folder'

include tests/tests.mk
-include bench/bench.mk
-include systemd/install.mk
-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: all clean help FORCE
