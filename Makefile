# SPDX-License-Identifier: GPL-2.0-only
# `make help` lists the targets.

PREFIX      ?= /usr
SYSCONFDIR  ?= /etc
BINDIR      ?= $(PREFIX)/bin
LIBDIR      ?= $(PREFIX)/lib
INCLUDEDIR  ?= $(PREFIX)/include
DATADIR     ?= $(PREFIX)/lib/criu-rewrite
PLUGINDIR   ?= $(PREFIX)/lib/criu
MANDIR      ?= $(PREFIX)/share/man
DESTDIR     ?=

CC          ?= gcc
PROTOC_C    ?= protoc-c
PKG_CONFIG  ?= pkg-config
CFLAGS      ?= -O2 -g
# where everything that is built goes
B           ?= build
# --- end of user settings ---------------------------------------------------

VERSION := 0.1.0
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all
ifeq ($(SANITIZE),1)
B := $(B)/sanitize
CFLAGS += $(SANITIZERS) -fno-omit-frame-pointer
LDFLAGS += $(SANITIZERS)
endif

WARNINGS := -Wall -Wextra -Wshadow -Wundef -Wwrite-strings -Wpointer-arith -Wcast-qual \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla \
	-Wformat=2 -Wnull-dereference -Wimplicit-fallthrough
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
ALL_CFLAGS = -std=gnu11 $(CFLAGS) $(WARNINGS) -fPIC -fvisibility=hidden -ffunction-sections \
	-fdata-sections -MMD -MP -D_GNU_SOURCE -DCRW_VERSION='"$(VERSION)"' \
	-DCRW_SYSCONFDIR='"$(SYSCONFDIR)"' -DCRW_DATADIR='"$(DATADIR)"' \
	$(shell $(PKG_CONFIG) --cflags libprotobuf-c) -I$(B)
LIBS := $(shell $(PKG_CONFIG) --libs libprotobuf-c)
CLI_LIBS := -ljansson

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

PROTO_SRC  := $(wildcard proto/*.c)
RULES_SRC  := $(wildcard rules/*.c)
# what only rewrite.so is made of: it works inside CRIU's process
CRIU_SRC   := plugin/rewrite.c plugin/criu.c
PLUGIN_SRC := $(filter-out $(CRIU_SRC),$(wildcard plugin/*.c))
CLI_SRC    := $(wildcard cli/*.c)
UNIT_SRC   := $(wildcard tests/unit/test_*.c)

ENGINE_OBJ := $(PROTO_SRC:%.c=$(B)/%.o) $(RULES_SRC:%.c=$(B)/%.o) $(B)/proto/criu.pb-c.o
LIB_OBJ    := $(ENGINE_OBJ) $(PLUGIN_SRC:%.c=$(B)/%.o)
UNIT_BIN   := $(UNIT_SRC:%.c=$(B)/%)

.PHONY: all help check unit clean install uninstall
.SECONDARY:

all: $(B)/rewrite.so $(B)/criu-rewrite

help:
	@echo 'make            build $(B)/rewrite.so and $(B)/criu-rewrite'
	@echo 'make unit       build and run the unit and golden tests'
	@echo 'settings: PREFIX DESTDIR PLUGINDIR CC CFLAGS V=1 WERROR=1 SANITIZE=1'

$(B)/proto/criu.pb-c.c: proto/criu.proto
	$(call say,PROTOC,$@)
	@mkdir -p $(@D)
	$(Q)cd proto && $(PROTOC_C) --c_out=$(abspath $(B))/proto criu.proto

# Generated code: our warnings are not for it.
$(B)/proto/criu.pb-c.o: $(B)/proto/criu.pb-c.c
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -w -c -o $@ $<

$(B)/%.o: %.c | $(B)/proto/criu.pb-c.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/libcriu-rewrite.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/rewrite.so: $(CRIU_SRC:%.c=$(B)/%.o) $(B)/libcriu-rewrite.a plugin/rewrite.map
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -shared -Wl,--gc-sections -Wl,-Bsymbolic -Wl,-z,now -Wl,-z,relro \
		-Wl,--version-script=plugin/rewrite.map -o $@ $(filter %.o %.a,$^) $(LIBS)

$(B)/criu-rewrite: $(CLI_SRC:%.c=$(B)/%.o) $(B)/libcriu-rewrite.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -Wl,--gc-sections -o $@ $^ $(LIBS) $(CLI_LIBS)

# Unit tests link the layers below them only.
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/libcriu-rewrite.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -Wl,--gc-sections -o $@ $^ $(LIBS) $(CLI_LIBS)

unit: $(UNIT_BIN)
	@status=0; for t in $(UNIT_BIN); do $$t || status=1; done; exit $$status

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
