/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What programs of the checkpoint found out of their CPU when they began, and go by. CRIU
 * compares it under --cpu-cap alone (criu/arch/x86/cpu.c); without, a task dies of SIGILL
 * later. */
#include <stdio.h>
#include <string.h>

#include "doctor.h"

/* As core images name it: the value of core_entry.march. */
#if defined(__x86_64__)
#define MARCH 1
#elif defined(__aarch64__)
#define MARCH 3
#elif defined(__powerpc64__)
#define MARCH 4
#elif defined(__s390x__)
#define MARCH 5
#else
#define MARCH 0 /* others: not compared */
#endif

static void take_march(struct doctor *d, const struct crw_message *core, void *arg)
{
	bool *said = arg;
	struct crw_value march;

	if (*said || !doctor_get(d, core, "mtype", &march) || march.number == MARCH)
		return;
	*said = true;
	doctor_find(d, CAUSE_ARCHITECTURE, CRW_LEVEL_FAILURE, march.name ? march.name : "?", NULL,
		    "is what the tasks are for, and this host is another");
}

static void compare_march(struct doctor *d)
{
	bool said = false;

	if (MARCH)
		doctor_each_image(d, "core", take_march, &said);
}

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

/* Where the words of an image come from: compel's order (asm/cpu.h), of which these have
 * instructions that programs choose by themselves. */
enum { EAX, EBX, ECX, EDX };
static const struct {
	unsigned word, leaf, subleaf, reg;
} words[] = {
	{ 0, 1, 0, EDX }, { 1, 0x80000001, 0, EDX }, { 4, 1, 0, ECX },  { 6, 0x80000001, 0, ECX },
	{ 9, 7, 0, EBX }, { 10, 0xd, 1, EAX },       { 11, 7, 0, ECX }, { 18, 7, 0, EDX },
};

/* By word and bit; those that only a kernel uses are not here. */
static const struct {
	unsigned word, bit;
	const char *name;
} features[] = {
	{ 0, 0, "fpu" },
	{ 0, 15, "cmov" },
	{ 0, 24, "fxsr" },
	{ 0, 25, "sse" },
	{ 0, 26, "sse2" },
	{ 4, 0, "sse3" },
	{ 4, 1, "pclmulqdq" },
	{ 4, 9, "ssse3" },
	{ 4, 12, "fma" },
	{ 4, 13, "cx16" },
	{ 4, 19, "sse4_1" },
	{ 4, 20, "sse4_2" },
	{ 4, 22, "movbe" },
	{ 4, 23, "popcnt" },
	{ 4, 25, "aes" },
	{ 4, 26, "xsave" },
	{ 4, 27, "osxsave" },
	{ 4, 28, "avx" },
	{ 4, 29, "f16c" },
	{ 4, 30, "rdrand" },
	{ 6, 0, "lahf_lm" },
	{ 6, 5, "abm" },
	{ 6, 6, "sse4a" },
	{ 6, 11, "xop" },
	{ 6, 16, "fma4" },
	{ 9, 0, "fsgsbase" },
	{ 9, 3, "bmi1" },
	{ 9, 5, "avx2" },
	{ 9, 8, "bmi2" },
	{ 9, 9, "erms" },
	{ 9, 11, "rtm" },
	{ 9, 16, "avx512f" },
	{ 9, 17, "avx512dq" },
	{ 9, 18, "rdseed" },
	{ 9, 19, "adx" },
	{ 9, 21, "avx512ifma" },
	{ 9, 28, "avx512cd" },
	{ 9, 29, "sha_ni" },
	{ 9, 30, "avx512bw" },
	{ 9, 31, "avx512vl" },
	{ 10, 0, "xsaveopt" },
	{ 10, 1, "xsavec" },
	{ 10, 3, "xsaves" },
	{ 11, 1, "avx512vbmi" },
	{ 11, 6, "avx512_vbmi2" },
	{ 11, 8, "gfni" },
	{ 11, 9, "vaes" },
	{ 11, 10, "vpclmulqdq" },
	{ 11, 11, "avx512_vnni" },
	{ 11, 12, "avx512_bitalg" },
	{ 11, 14, "avx512_vpopcntdq" },
	{ 18, 24, "amx_tile" },
};

#define FEATURES (sizeof(features) / sizeof(features[0]))
#define WORDS_MAX 19
#define XSAVE_LEAF 0xd
#define STATES_OF_TASKS 0x2ff /* XFEATURE_MASK_USER of compel */

static bool ask(unsigned leaf, unsigned subleaf, unsigned regs[4])
{
	return __get_cpuid_count(leaf, subleaf, &regs[EAX], &regs[EBX], &regs[ECX], &regs[EDX]);
}

static void read_words(uint32_t here[WORDS_MAX])
{
	unsigned regs[4];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		here[words[i].word] = ask(words[i].leaf, words[i].subleaf, regs) ?
					      regs[words[i].reg] :
					      0;
}

static void compare_features(struct doctor *d, const struct crw_message *cpu)
{
	uint32_t here[WORDS_MAX] = { 0 }, then[WORDS_MAX] = { 0 };
	cleanup_buffer struct buffer missing = { 0 };
	struct crw_value word = { .number = 0 };

	read_words(here);
	for (size_t i = 0; i < WORDS_MAX && crw_get_next(d->crw, cpu, "capability", &word) > 0; i++)
		then[i] = (uint32_t)word.number;
	for (size_t i = 0; i < FEATURES; i++)
		if ((then[features[i].word] & ~here[features[i].word]) >> features[i].bit & 1)
			buffer_printf(&missing, "%s%s", missing.size ? "," : "", features[i].name);
	buffer_byte(&missing, 0);
	if (missing.size > 1 && !missing.failed)
		doctor_find(d, CAUSE_CPU, CRW_LEVEL_FAILURE, (const char *)missing.data, NULL,
			    "is what programs found in their CPU, and this one does not have: they "
			    "end with SIGILL, or criu refuses them (--cpu-cap)");
}

/* Of the area in which the state of registers is kept: CRIU wants the same size. */
static void compare_size(struct doctor *d, const struct crw_message *cpu, const char *field,
			 uint64_t here)
{
	uint64_t then = doctor_number(d, cpu, field, here);

	if (then != here)
		doctor_find(d, CAUSE_XSAVE,
			    options_get(&d->options, "cpu-cap", 0) ? CRW_LEVEL_FAILURE :
								     CRW_LEVEL_WARNING,
			    field, NULL, "was %llu bytes of state of registers, and is %llu here",
			    (unsigned long long)then, (unsigned long long)here);
}

static void compare_cpu(struct doctor *d, const struct crw_message *cpu)
{
	unsigned regs[4];

	compare_features(d, cpu);
	if (!ask(XSAVE_LEAF, 0, regs))
		return;
	compare_size(d, cpu, "xsave_size", regs[EBX]);
	compare_size(d, cpu, "xsave_size_max", regs[ECX]);
}

/* CRIU takes one alone. In a virtual machine a question to the CPU costs 50 microseconds. */
static void take_cpuinfo(struct doctor *d, const struct crw_message *entry, void *arg)
{
	struct crw_value cpu = { .number = 0 };
	bool *found = arg;

	if (*found || crw_get_next(d->crw, entry, "x86_entry", &cpu) <= 0 || !doctor_look(d))
		return;
	*found = true;
	compare_cpu(d, &cpu.message);
}

/* Registers that threads had something in, which is known without cpuinfo.img. */
static void take_core(struct doctor *d, const struct crw_message *core, void *arg)
{
	uint64_t *states = arg;

	*states |= doctor_number(d, core, "thread_info.fpregs.xsave.xstate_bv", 0);
}

static void compare_states(struct doctor *d)
{
	uint64_t used = 0, here;
	unsigned regs[4];
	char thing[32];

	doctor_each_image(d, "core", take_core, &used);
	here = ask(XSAVE_LEAF, 0, regs) ? regs[EAX] | (uint64_t)regs[EDX] << 32 : 3;
	used &= STATES_OF_TASKS & ~here;
	snprintf(thing, sizeof(thing), "state 0x%llx", (unsigned long long)used);
	if (used)
		doctor_find(d, CAUSE_XSAVE, CRW_LEVEL_FAILURE, thing, NULL,
			    "is in use by threads, and this CPU does not have such registers");
}

void doctor_cpu(struct doctor *d)
{
	bool found = false;

	compare_march(d);
	doctor_each_entry(d, "cpuinfo.img", take_cpuinfo, &found);
	compare_states(d);
	if (!found && options_get(&d->options, "cpu-cap", 0))
		doctor_find(d, CAUSE_CPU, CRW_LEVEL_FAILURE, "cpuinfo.img",
			    "restore without --cpu-cap, or dump with it",
			    "is not there, and --cpu-cap asks for it");
}

#else

void doctor_cpu(struct doctor *d)
{
	compare_march(d);
	if (doctor_has_file(d, "cpuinfo.img"))
		doctor_find(d, CAUSE_CPU, CRW_LEVEL_UNKNOWN, "cpuinfo.img", NULL,
			    "is compared on x86 only");
}

#endif
