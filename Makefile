# SPDX-License-Identifier: GPL-2.0-only
# `make help` lists the targets.

PREFIX      ?= /usr
SYSCONFDIR  ?= /etc
BINDIR      ?= $(PREFIX)/bin
LIBDIR      ?= $(PREFIX)/lib
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
INCLUDEDIR  ?= $(PREFIX)/include
DATADIR     ?= $(PREFIX)/lib/criu-rewrite
FRONTDIR    ?= $(PREFIX)/libexec/criu-rewrite
PLUGINDIR   ?= $(PREFIX)/lib/criu
# in PATH before the system's criu
CRIUDIR     ?= /usr/local/sbin
MANDIR      ?= $(PREFIX)/share/man
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
# Debian's; site-functions elsewhere
ZSHCOMPDIR  ?= $(PREFIX)/share/zsh/vendor-completions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d
DESTDIR     ?=

CC          ?= gcc
CLANG       ?= clang
# for what runs while building, where CC builds for another machine
BUILD_CC    ?= $(shell command -v cc || echo $(CC))
OBJCOPY     ?= objcopy
PROTOC_C    ?= protoc-c
PKG_CONFIG  ?= pkg-config
# what the command opens when it is given an archive
LIBARCHIVE  ?= libarchive.so.13
CFLAGS      ?= -O2 -g
# for the front, which is static: musl's starts fastest
FRONT_CC    ?= $(shell command -v musl-gcc || echo $(CC))
FRONT_LDFLAGS ?= -static -s
# empty: none of what makes mistakes harder to exploit
HARDEN      ?= yes
# where everything that is built goes
B           ?= build
# --- end of user settings ---------------------------------------------------

VERSION := 0.9.0
# of the library's interface: another one when programs have to be built anew
SOVERSION := 0
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all
ifeq ($(SANITIZE),1)
override B := $(B)/sanitize
CFLAGS += $(SANITIZERS) -fno-omit-frame-pointer
HARDEN :=
LDFLAGS += $(SANITIZERS)
endif

# callbacks have parameters that not each of them needs
WARNINGS := -Wall -Wextra -Wno-unused-parameter -Wshadow -Wundef -Wwrite-strings -Wpointer-arith \
	-Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla \
	-Wformat=2 -Wnull-dereference -Wimplicit-fallthrough
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
ifneq ($(HARDEN),)
HARDEN_CFLAGS := -fstack-protector-strong
HARDEN_LDFLAGS := -Wl,-z,relro -Wl,-z,now
# It wants a compiler that optimizes, and not to be told twice.
ifneq ($(filter -O -O1 -O2 -O3 -Os -Og,$(CFLAGS)),)
HARDEN_CFLAGS += $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-D_FORTIFY_SOURCE=2)
endif
endif
ALL_CFLAGS = -std=gnu11 $(HARDEN_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(WARNINGS) -fPIC -fvisibility=hidden -ffunction-sections \
	-fdata-sections -ffile-prefix-map=$(CURDIR)=. -MMD -MP -D_GNU_SOURCE -DCRW_VERSION='"$(VERSION)"' \
	-DCRW_SYSCONFDIR='"$(SYSCONFDIR)"' -DCRW_DATADIR='"$(DATADIR)"' -DCRW_PLUGINDIR='"$(PLUGINDIR)"' -DCRW_LIBARCHIVE='"$(LIBARCHIVE)"' \
	-DCRW_FRONTDIR='"$(FRONTDIR)"' -I$(B)
CLI_LIBS := -ljansson

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

PROTO_SRC  := $(wildcard proto/*.c proto/json/*.c)
RULES_SRC  := $(wildcard rules/*.c)
# what only rewrite.so is made of: it works inside CRIU's process
CRIU_SRC   := $(addprefix plugin/,rewrite.c restore.c dump.c log.c criu.c criu_option.c groups.c programs.c)
PLUGIN_SRC := $(filter-out $(CRIU_SRC),$(wildcard plugin/*.c plugin/*/*.c))
CLI_SRC    := $(wildcard cli/*.c)
FRONT_SRC  := $(wildcard cli/front/*.c) plugin/syslog.c proto/line.c
FUZZ_SRC   := $(wildcard tests/fuzz/fuzz_*.c)
UNIT_SRC   := $(wildcard tests/unit/test_*.c) $(FUZZ_SRC)

ENGINE_OBJ := $(PROTO_SRC:%.c=$(B)/%.o) $(RULES_SRC:%.c=$(B)/%.o)
LIB_OBJ    := $(ENGINE_OBJ) $(PLUGIN_SRC:%.c=$(B)/%.o)
TEST_SCRIPTS := $(filter-out tests/lab/% %/lib.sh,$(wildcard tests/*/*.sh))
UNIT_BIN   := $(UNIT_SRC:%.c=$(B)/%)

.PHONY: faulty all help check check-runtimes runtimes-table demo bench bench-check unit units memcheck fuzz fuzz-own \
	fuzz-figures fuzz-libfuzzer fuzzers clean abi dist install install-criu uninstall
.SECONDARY:

FRONTS     := $(B)/oci/runc $(B)/oci/crun
CRIU_FRONT := $(B)/oci/criu

LIBRARIES  := $(B)/libcriu-rewrite.so.$(VERSION) $(B)/libcriu-rewrite.a

all: $(B)/rewrite.so $(B)/criu-rewrite $(FRONTS) $(CRIU_FRONT) $(LIBRARIES)

help:
	@echo 'make            build $(B)/rewrite.so and $(B)/criu-rewrite'
	@echo 'make demo       the main job on a real checkpoint, before and after (root)'
	@echo 'make check      all tests: unit, golden, command, real CRIU, emulated machines (root)'
	@echo 'make check-runtimes  real container runtimes, each with the rules of tests/runtimes/sets'
	@echo '                (root; hours), or only ROWS="PATTERN..." of tests/runtimes/cells'
	@echo 'make runtimes-table  writes what that found into doc/runtimes.md'
	@echo 'make unit       unit and golden tests alone; no root needed'
	@echo 'make memcheck   the same under MemorySanitizer (needs clang)'
	@echo 'make quick      the inner loop: unit tests without sanitizers, what is fast of the others'
	@echo 'make lint       what reads the code: clang-format, clang-tidy, cppcheck, shellcheck, ...'
	@echo 'make fuzz       each fuzzer for FUZZ_SECONDS (default 20), under the sanitizers;'
	@echo '                guided by coverage with FUZZER=libfuzzer (needs clang)'
	@echo 'make fuzz-figures  what stands in doc/fuzzing.md (needs clang and valgrind; an hour)'
	@echo 'make abi        the interface of the library as it is from now on (plugin/*.abi)'
	@echo 'make dist       $(B)/$(DIST).tar.gz with its checksum'
	@echo 'make bench      what the command costs beside crit, protobuf-c, cp and zstd, and the plugin in a restore;'
	@echo '                BENCH=--write puts it into doc/speed.md'
	@echo 'make bench-check  counts instructions and system calls, and compares them with the last'
	@echo 'make install    into $(PREFIX); DESTDIR= is honoured; also uninstall'
	@echo 'make install-criu  besides, a criu before that of the system, whose --lib may name a file'
	@echo 'settings: PREFIX SYSCONFDIR PLUGINDIR DESTDIR CC FRONT_CC BUILD_CC CPPFLAGS'
	@echo '          CFLAGS LDFLAGS LIBARCHIVE HARDEN= V=1 WERROR=1 SANITIZE=1'

# Waits for nothing, and all else for it, so that what is missing is told before anything compiles.
$(B)/proto/criu.pb-c.c: proto/criu.proto
	@CC='$(CC)' CPPFLAGS='$(CPPFLAGS)' CFLAGS='$(CFLAGS)' tests/setup check
	$(call say,PROTOC,$@)
	@mkdir -p $(@D)
	$(Q)cd proto && $(PROTOC_C) --c_out=$(abspath $(B))/proto criu.proto

PROTOBUF_CFLAGS := $(shell $(PKG_CONFIG) --cflags libprotobuf-c 2>/dev/null)

$(B)/proto/raw.pb-c.c: proto/raw.proto.in proto/raw.def | $(B)/proto/criu.pb-c.c
	$(Q)$(BUILD_CC) -E -P -x c -o $(B)/proto/raw.proto $<
	$(Q)cd $(@D) && $(PROTOC_C) --c_out=. raw.proto

# Of the generated code only the tables are wanted, no function of protobuf-c.
$(B)/proto/schema_data.h: proto/generate/schema.c proto/json/display.def $(B)/proto/criu.pb-c.c $(B)/proto/raw.pb-c.c
	$(call say,SCHEMA,$@)
	$(Q)$(BUILD_CC) -w -ffunction-sections -Wl,--gc-sections $(PROTOBUF_CFLAGS) -I$(B) \
		-o $(B)/proto/generate $< $(B)/proto/criu.pb-c.c $(B)/proto/raw.pb-c.c
	$(Q)$(B)/proto/generate >$@.part && mv $@.part $@

$(B)/%.o: %.c | $(B)/proto/schema_data.h
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# With every name of the project in it: for rewrite.so and the tests.
$(B)/inside.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# For others: no name but those of plugin/criu-rewrite.h can clash with theirs.
$(B)/libcriu-rewrite.a: $(LIB_OBJ)
$(B)/tests/faults/library.a: $(LIB_OBJ:$(B)/proto/bytes.o=$(B)/tests/faults/bytes.o)
$(B)/libcriu-rewrite.a $(B)/tests/faults/library.a:
	$(call say,AR,$@)
	$(Q)$(CC) -nostdlib -r -o $(@:.a=.o) $^
	$(Q)$(OBJCOPY) --localize-hidden $(@:.a=.o)
	$(Q)rm -f $@ && $(AR) rcs $@ $(@:.a=.o)

# The same for programs that link it at run time, under the names that they look for.
$(B)/libcriu-rewrite.so.$(VERSION): $(LIB_OBJ) plugin/libcriu-rewrite.map
	$(call say,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) -shared -Wl,--gc-sections -Wl,-Bsymbolic \
		-Wl,-soname,libcriu-rewrite.so.$(SOVERSION) \
		-Wl,--version-script=plugin/libcriu-rewrite.map -o $@ $(LIB_OBJ)
	$(Q)ln -sf $(@F) $(B)/libcriu-rewrite.so.$(SOVERSION)
	$(Q)ln -sf libcriu-rewrite.so.$(SOVERSION) $(B)/libcriu-rewrite.so

# It is loaded in every dump and restore: fewer pages, and relocations that take no room, where libc
# knows them.
QUICK_LOAD = -Wl,-z,noseparate-code $(shell grep -qs GLIBC_ABI_DT_RELR \
	"$$($(CC) -print-file-name=libc.so.6)" && echo -Wl,-z,pack-relative-relocs)

$(B)/rewrite.so: $(CRIU_SRC:%.c=$(B)/%.o) $(B)/inside.a plugin/rewrite.map
	$(call say,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(QUICK_LOAD) $(LDFLAGS) -shared -Wl,--gc-sections -Wl,-Bsymbolic \
		-Wl,--version-script=plugin/rewrite.map -o $@ $(filter %.o %.a,$^)

$(B)/criu-rewrite: $(CLI_SRC:%.c=$(B)/%.o) $(B)/libcriu-rewrite.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) -Wl,--gc-sections -o $@ $^ $(CLI_LIBS)

# One program under the names that it stands in for. It becomes the runtime and has
# little to do before, so what counts is how fast it starts.
$(B)/oci/runc: $(FRONT_SRC) cli/front/front.h plugin/syslog.h proto/line.h
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(FRONT_CC) -std=gnu11 -Os $(WARNINGS) -D_GNU_SOURCE -DCRW_SYSCONFDIR='"$(SYSCONFDIR)"' \
		-DCRW_DATADIR='"$(DATADIR)"' -DCRW_COMMAND='"$(BINDIR)/criu-rewrite"' $(FRONT_LDFLAGS) -o $@ $(FRONT_SRC)

$(B)/oci/crun $(CRIU_FRONT): $(B)/oci/runc
	$(Q)cp $< $@

$(B)/tests/%: $(B)/tests/%.o $(B)/inside.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) -Wl,--gc-sections -o $@ $^ $(CLI_LIBS)

# What the bench measures against has protobuf-c in it, whose code is not for our warnings.
$(B)/tests/bench/peer: tests/bench/peer.c $(B)/proto/criu.pb-c.c
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -w -I$(B) $(PROTOBUF_CFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs libprotobuf-c)

$(B)/tests/bench/load $(B)/tests/bench/spent: $(B)/tests/bench/%: tests/bench/%.c
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -rdynamic -o $@ $<

$(B)/tests/bench/empty.so: tests/bench/empty.c
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -fPIC -shared -o $@ $<

# The command in one process, called again and again: what it is made of, but for its beginning.
COMMAND_FUZZERS := $(B)/tests/fuzz/fuzz_command $(B)/tests/fuzz/fuzz_archive
$(COMMAND_FUZZERS): CLI_LIBS += -larchive
$(COMMAND_FUZZERS): %: %.o $(patsubst %.c,$(B)/%.o,$(filter-out cli/main.c,$(CLI_SRC)) proto/bytes.c) \
		$(B)/libcriu-rewrite.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(HARDEN_LDFLAGS) $(LDFLAGS) -Wl,--gc-sections -o $@ $^ $(CLI_LIBS)

# Plugin and command, of which an allocation can be made to fail, and a read or write to be cut
# short (tests/faults/). Each thing in an arena is an allocation of its own there.
FAULTY := $(B)/tests/faults/rewrite.so $(B)/tests/faults/criu-rewrite
FAULTS_OBJ := $(B)/tests/faults/allocations.o $(B)/tests/faults/transfers.o
WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=strdup,--wrap=read,--wrap=write \
	-Wl,--wrap=pread,--wrap=pwrite,--wrap=copy_file_range
faulty: $(FAULTY)
$(B)/tests/faults/bytes.o: proto/bytes.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -DARENA_BLOCK_MAX=0 -c -o $@ $<
$(B)/tests/faults/rewrite.so: $(CRIU_SRC:%.c=$(B)/%.o) $(FAULTS_OBJ) $(B)/tests/faults/bytes.o $(B)/inside.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) $(WRAP) -shared -Wl,-Bsymbolic -Wl,--version-script=plugin/rewrite.map -o $@ $^
$(B)/tests/faults/criu-rewrite: $(CLI_SRC:%.c=$(B)/%.o) $(FAULTS_OBJ) $(B)/tests/faults/library.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) $(WRAP) -o $@ $^ $(CLI_LIBS)

units: $(UNIT_BIN)

# These bring an allocator of their own, which the sanitizers' would hide.
NO_SANITIZE := $(filter %_memory,$(UNIT_BIN))
UNITS := $(filter-out %_memory,$(UNIT_SRC:%.c=$(B)/sanitize/%))

# Under the sanitizers: what they find is a failure.
unit:
	@$(MAKE) --no-print-directory SANITIZE=1 units
	@$(MAKE) --no-print-directory $(NO_SANITIZE)
	@tests/run $(UNITS) $(NO_SANITIZE)

# The same under MemorySanitizer, which finds what is read and was never written. It knows
# nothing of what libraries write, so the command is valgrind's (make fuzz-figures).
MEMCHECK := $(B)/memory
MEMORY_UNITS := $(filter-out %_memory $(COMMAND_FUZZERS:$(B)/%=$(MEMCHECK)/%),$(UNIT_SRC:%.c=$(MEMCHECK)/%))
memcheck:
	@$(MAKE) --no-print-directory $(MEMORY_UNITS) CC='$(CLANG)' B=$(MEMCHECK) HARDEN= \
		CFLAGS='-O1 -g -fsanitize=memory -fno-omit-frame-pointer' LDFLAGS=-fsanitize=memory
	@tests/run $(MEMORY_UNITS)

# Whatever a test needs beyond this, it installs in the laboratory.
check:
	@tests/setup
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory SANITIZE=1 units
	@$(MAKE) --no-print-directory $(NO_SANITIZE)
	@tests/run $(UNITS) $(NO_SANITIZE) $(TEST_SCRIPTS)

ROWS ?=
# of the build, without .sh: they take minutes
SLOW := $(filter-out tests/build/inner tests/build/%.c tests/build/%.py tests/build/%.sh,$(wildcard tests/build/*))
check-runtimes:
	@tests/setup slow
	@set -f; tests/runtimes/run $(ROWS)
	@[ -n "$(ROWS)" ] || LIMIT=7200 tests/run $(SLOW) tests/migrate/machines
	@DELETIONS=all LONG=1 tests/run tests/criu/deletions.sh tests/criu/judges.sh tests/criu/doctor.sh \
		tests/criu/oci.sh tests/criu/podman.sh tests/criu/cgroup_capture.sh tests/criu/container_limits.sh
	@LIMIT=7200 LONG=1 tests/run tests/criu/cgroup_modes.sh tests/criu/cgroup_verbs.sh tests/criu/cgroup_prepare.sh \
		tests/criu/runc.sh
	@LIMIT=3600 IDENTITY=all tests/run tests/criu/identity.sh tests/criu/add.sh tests/criu/raw.sh tests/criu/option.sh
	@LIMIT=7200 FAULTS=all KILLS=500 LONG=1 tests/run tests/faults/memory.sh tests/faults/commands.sh tests/criu/faults.sh \
		tests/criu/kill.sh tests/criu/process.sh tests/criu/ways.sh tests/criu/cgroup_own.sh

# Fuzzers and the tests of failing system calls are slow; so are the command's of memory.
QUICK := $(patsubst %.c,$(B)/%,$(filter-out $(FUZZ_SRC) %_memory.c %_faults.c,$(UNIT_SRC)))
QUICK_SCRIPTS := tests/cli/test_plan.sh tests/cli/test_show.sh tests/build/cgroup_reader.sh \
	tests/doc/tables.sh
quick: all
	@$(MAKE) --no-print-directory $(QUICK)
	@tests/run $(QUICK) $(QUICK_SCRIPTS)
	@echo 'make quick leaves out: sanitizers, fuzzers, failing allocations and system calls, most' \
		'of the command, real CRIU'

LINT := $(filter-out tests/lint/lines tests/lint/each,$(wildcard tests/lint/*)) tests/build/headers.sh \
	tests/build/cgroup_reader.sh
lint: $(B)/proto/schema_data.h
	@tests/run $(LINT)
	@tests/lint/lines

runtimes-table:
	@tests/runtimes/table --update >/dev/null

demo:
	@tests/setup
	@tests/demo

FUZZ_SECONDS ?= 20
FUZZER ?= own
fuzz: fuzz-$(FUZZER)

fuzzers: $(FUZZ_SRC:%.c=$(B)/%)

fuzz-own:
	@$(MAKE) --no-print-directory SANITIZE=1 fuzzers
	@set -e; for f in $(FUZZ_SRC:%.c=$(B)/sanitize/%); do \
		echo "$$f"; $$f --seconds $(FUZZ_SECONDS) --seed $$(date +%s); done

# The figures of doc/fuzzing.md. An hour.
fuzz-figures:
	@$(MAKE) --no-print-directory SANITIZE=1 fuzzers
	@$(MAKE) --no-print-directory $(filter $(MEMCHECK)/tests/fuzz/%,$(MEMORY_UNITS)) CC='$(CLANG)' B=$(MEMCHECK) \
		HARDEN= CFLAGS='-O1 -g -fsanitize=memory -fno-omit-frame-pointer' LDFLAGS=-fsanitize=memory
	@$(MAKE) --no-print-directory $(COMMAND_FUZZERS)
	@set -e; for f in $(FUZZ_SRC:%.c=$(B)/sanitize/%); do echo "$$f"; $$f --rounds 200000 --seed 11; done
	@set -e; for f in $(filter $(MEMCHECK)/tests/fuzz/%,$(MEMORY_UNITS)); do \
		echo "$$f"; $$f --rounds 20000 --seed 11; done
	@set -e; for f in $(COMMAND_FUZZERS); do \
		echo "valgrind $$f"; valgrind -q --error-exitcode=99 $$f --rounds 20000 --seed 11; done

# What it finds worth keeping is in $(B)/libfuzzer/corpus, and the next run goes on from there;
# what kills a fuzzer is in $(B)/libfuzzer/crashes.
F := $(B)/libfuzzer
fuzz-libfuzzer:
	@echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
		$(CLANG) $(SANITIZERS) -fsanitize=fuzzer -w -x c - -o /dev/null 2>/dev/null || { \
		echo 'make: $(CLANG) cannot link with -fsanitize=fuzzer; install clang and its' \
			'runtime (Debian 12: apt-get install clang libclang-rt-14-dev)' >&2; exit 1; }
	@$(MAKE) --no-print-directory fuzzers CC='$(CLANG)' B=$(F) HARDEN= \
		CFLAGS='-DFUZZ_LIBFUZZER $(SANITIZERS) -fsanitize=fuzzer-no-link $(CFLAGS)' \
		LDFLAGS='$(SANITIZERS) -fsanitize=fuzzer'
	@set -e; mkdir -p $(F)/crashes; tests/fuzz/dictionary >$(F)/rules.dict; for f in $(notdir $(FUZZ_SRC:%.c=%)); do \
		echo "$(F)/tests/fuzz/$$f"; mkdir -p $(F)/corpus/$$f; \
		ASAN_OPTIONS=$${ASAN_OPTIONS-allocator_may_return_null=1} \
		$(F)/tests/fuzz/$$f $(F)/corpus/$$f -dict=$(F)/rules.dict -artifact_prefix=$(F)/crashes/$$f- \
			-max_total_time=$(FUZZ_SECONDS) -max_len=65536 -timeout=20 \
			-print_final_stats=1 >$(F)/$$f.log 2>&1 || { tail -n 40 $(F)/$$f.log; exit 1; }; \
		grep -e 'stat::n' $(F)/$$f.log; done

bench:
	@tests/setup bench
	@$(MAKE) --no-print-directory all $(addprefix $(B)/tests/bench/,peer load spent empty.so)
	@tests/bench/run $(BENCH)

bench-check: all
	@tests/setup bench
	@tests/run tests/bench/check

clean:
	rm -rf $(B)

# The interface of the library as it is from now on, for tests/build/abi.sh.
ABI := plugin/libcriu-rewrite.abi
abi: $(B)/libcriu-rewrite.so.$(VERSION)
	abidw --header-file plugin/criu-rewrite.h --drop-private-types --exported-interfaces-only \
		--no-corpus-path --no-comp-dir-path --no-elf-needed --no-show-locs \
		--out-file $(ABI) $<

# What is committed, the same bytes each time.
DIST := criu-rewrite-$(VERSION)
dist:
	@git rev-parse --git-dir >/dev/null || { echo 'make dist wants a checkout of git' >&2; exit 1; }
	@git diff --quiet HEAD || echo 'make dist: what is not committed is not in it' >&2
	@mkdir -p $(B)
	$(Q)git archive --prefix=$(DIST)/ HEAD | gzip -9n >$(B)/$(DIST).tar.gz
	$(Q)cd $(B) && sha256sum $(DIST).tar.gz >$(DIST).tar.gz.sha256
	@cat $(B)/$(DIST).tar.gz.sha256

MAN1 := $(wildcard doc/*.1)
MAN5 := $(wildcard doc/*.5)
MAN8 := $(wildcard doc/*.8)
DROPINS := $(notdir $(wildcard cli/front/dropins/*))
LIBRARY := $(notdir $(wildcard rules/library/*.rules))
PROGRAMS := $(notdir $(wildcard cli/programs/*))
# What the installed configuration runs.
SHIPPED_RULES := default.rules
D := $(DESTDIR)

# Texts in which the usual places are named.
CONFIGS := $(B)/rewrite.conf $(B)/criu-rewrite.pc $(DROPINS:%=$(B)/dropins/%)
$(B)/rewrite.conf: criu-rewrite.conf
$(DROPINS:%=$(B)/dropins/%): $(B)/dropins/%: cli/front/dropins/%
$(B)/criu-rewrite.pc: plugin/criu-rewrite.pc.in
.PHONY: $(CONFIGS)
$(CONFIGS):
	@mkdir -p $(@D)
	$(Q)sed -e 's,/usr/libexec/criu-rewrite,$(FRONTDIR),; s,/etc/criu,$(SYSCONFDIR)/criu,' \
		-e 's,@PREFIX@,$(PREFIX),; s,@LIBDIR@,$(LIBDIR),; s,@INCLUDEDIR@,$(INCLUDEDIR),' \
		-e 's,@VERSION@,$(VERSION),' $^ >$@

FOLDERS := $(PLUGINDIR) $(BINDIR) $(LIBDIR) $(PKGCONFIGDIR) $(INCLUDEDIR) $(FRONTDIR) \
	$(DATADIR)/rules.d $(DATADIR)/library $(DATADIR)/dropins $(DATADIR)/programs \
	$(BASHCOMPDIR) $(ZSHCOMPDIR) $(FISHCOMPDIR) $(SYSCONFDIR)/criu \
	$(MANDIR)/man1 $(MANDIR)/man5 $(MANDIR)/man8
# Those that were not there, one a line, for `uninstall` to take away; no part of a package.
MADE := $(DATADIR)/made
define make_folders
	$(Q)umask 022; made=$$(for dir in $(1); do at=; for part in $$(echo $$dir | tr / ' '); do \
		at=$$at/$$part; [ -d $(D)$$at ] || { install -d $(D)$$at && echo $$at; } || exit; \
		done; done) && echo "$$made" >>$(D)$(MADE)
endef

install: all $(CONFIGS)
	$(call make_folders,$(FOLDERS))
	install -m 755 $(B)/rewrite.so $(D)$(PLUGINDIR)/rewrite.so
	install -m 755 $(B)/criu-rewrite $(D)$(BINDIR)/criu-rewrite
	install -m 755 $(FRONTS) $(D)$(FRONTDIR)
	install -m 755 $(CRIU_FRONT) $(D)$(DATADIR)/criu
	ln -sf $(BINDIR)/criu-rewrite $(D)$(FRONTDIR)/action
	install -m 644 $(DROPINS:%=$(B)/dropins/%) $(D)$(DATADIR)/dropins
	install -m 644 $(LIBRARIES) $(D)$(LIBDIR)
	ln -sf libcriu-rewrite.so.$(VERSION) $(D)$(LIBDIR)/libcriu-rewrite.so.$(SOVERSION)
	ln -sf libcriu-rewrite.so.$(SOVERSION) $(D)$(LIBDIR)/libcriu-rewrite.so
	install -m 644 $(B)/criu-rewrite.pc $(D)$(PKGCONFIGDIR)/criu-rewrite.pc
	install -m 644 plugin/criu-rewrite.h $(D)$(INCLUDEDIR)/criu-rewrite.h
	install -m 755 $(PROGRAMS:%=cli/programs/%) $(D)$(DATADIR)/programs
	install -m 644 rules/library/$(SHIPPED_RULES) $(D)$(DATADIR)/rules.d
	install -m 644 $(LIBRARY:%=rules/library/%) $(D)$(DATADIR)/library
	install -m 644 cli/completion.bash $(D)$(BASHCOMPDIR)/criu-rewrite
	install -m 644 cli/completion.zsh $(D)$(ZSHCOMPDIR)/_criu-rewrite
	install -m 644 cli/completion.fish $(D)$(FISHCOMPDIR)/criu-rewrite.fish
	install -m 644 $(MAN1) $(D)$(MANDIR)/man1
	install -m 644 $(MAN5) $(D)$(MANDIR)/man5
	install -m 644 $(MAN8) $(D)$(MANDIR)/man8
	install -m 644 criu-rewrite.conf.example $(D)$(SYSCONFDIR)/criu/rewrite.conf.example
	install -m 644 $(B)/rewrite.conf $(D)$(DATADIR)/rewrite.conf
	install -m 644 doc/criu-rewrite.schema.json $(D)$(DATADIR)
	@if [ -e $(D)$(SYSCONFDIR)/criu/rewrite.conf ]; then \
		echo 'In force is $(SYSCONFDIR)/criu/rewrite.conf, which was there before.'; \
	else \
		echo 'Switched on: every restore runs the rules of $(DATADIR)/rules.d/$(SHIPPED_RULES).'; \
		echo 'To switch it off: ln -s /dev/null $(SYSCONFDIR)/criu/rewrite.conf'; \
	fi; echo 'What is in force: criu-rewrite check -v'

# A criu before the system's, whose --lib may name a file.
install-criu: install
	@if [ "$$(readlink $(D)$(CRIUDIR)/criu)" != $(DATADIR)/criu ] && \
		{ [ -e $(D)$(CRIUDIR)/criu ] || [ -L $(D)$(CRIUDIR)/criu ]; }; then \
		echo 'There is another criu in $(CRIUDIR); name a folder before it in PATH: make install-criu CRIUDIR=...' >&2; exit 1; fi
	$(call make_folders,$(CRIUDIR))
	ln -sfn $(DATADIR)/criu $(D)$(CRIUDIR)/criu

# Folders go only if nothing of others is in them.
uninstall:
	[ "$$(readlink $(D)$(CRIUDIR)/criu)" != $(DATADIR)/criu ] || rm -f $(D)$(CRIUDIR)/criu
	rm -f $(D)$(PLUGINDIR)/rewrite.so $(D)$(BINDIR)/criu-rewrite $(D)$(DATADIR)/criu \
		$(LIBRARIES:$(B)/%=$(D)$(LIBDIR)/%) $(D)$(LIBDIR)/libcriu-rewrite.so.$(SOVERSION) \
		$(D)$(LIBDIR)/libcriu-rewrite.so $(D)$(PKGCONFIGDIR)/criu-rewrite.pc \
		$(D)$(INCLUDEDIR)/criu-rewrite.h \
		$(D)$(BASHCOMPDIR)/criu-rewrite $(D)$(ZSHCOMPDIR)/_criu-rewrite \
		$(D)$(FISHCOMPDIR)/criu-rewrite.fish $(D)$(SYSCONFDIR)/criu/rewrite.conf.example \
		$(MAN1:doc/%=$(D)$(MANDIR)/man1/%) $(MAN5:doc/%=$(D)$(MANDIR)/man5/%) \
		$(MAN8:doc/%=$(D)$(MANDIR)/man8/%) $(FRONTS:$(B)/oci/%=$(D)$(FRONTDIR)/%) \
		$(D)$(FRONTDIR)/action \
		$(D)$(DATADIR)/criu-rewrite.schema.json \
		$(D)$(DATADIR)/rewrite.conf $(D)$(DATADIR)/rules.d/$(SHIPPED_RULES) \
		$(LIBRARY:%=$(D)$(DATADIR)/library/%) $(DROPINS:%=$(D)$(DATADIR)/dropins/%) \
		$(PROGRAMS:%=$(D)$(DATADIR)/programs/%)
	$(Q)made=$$(sort -r $(D)$(MADE) 2>/dev/null); rm -f $(D)$(MADE); for dir in $$made; do \
		[ ! -d $(D)$$dir ] || rmdir --ignore-fail-on-non-empty $(D)$$dir || exit; done

-include $(shell find $(B) -name '*.d' -type f 2>/dev/null)
