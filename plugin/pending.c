/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pending.h"

#include <signal.h>
#include <string.h>

#include "field_path.h"

#define BIT(signal) (1ull << ((signal)-1))

/* What a task that has said nothing does not notice: signal(7). */
#define IGNORED (BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH))

struct pending {
	unsigned action; /* the last signal whose action was seen */
	uint64_t passed; /* by the task, as a set */
	uint64_t fatal;
};

/* The list leaves out what no task can have an action for. */
static void take_action(void *arg, struct span body)
{
	struct pending *p = arg;

	do
		p->action++;
	while (p->action == SIGKILL || p->action == SIGSTOP);
	if (p->action <= 64 && field_path_number("sa_entry", body, "sigaction", NULL))
		p->passed |= BIT(p->action);
}

static void take_thread(void *arg, struct span body)
{
	struct pending *p = arg;

	p->passed |= field_path_number("thread_core_entry", body, "blk_sigset", NULL);
}

/* A siginfo_t begins with the signal. */
static void take_signal(void *arg, struct span body)
{
	struct pending *p = arg;
	struct span info = { NULL, 0 };
	int32_t signal = 0;

	field_path_number("siginfo_entry", body, "siginfo", &info);
	if (info.size >= sizeof(signal))
		memcpy(&signal, info.data, sizeof(signal));
	p->fatal += signal >= 1 && signal <= 64 && !(p->passed & BIT(signal));
}

static void each(const struct message_type *type, const char *path, struct span core,
		 field_path_taker take, struct pending *p)
{
	struct field_path to;

	field_path_find(&to, type, span_text(path));
	field_path_each(&to, core, take, p);
}

uint64_t pending_fatal(const struct message_type *type, struct span core)
{
	struct pending p = { .passed = IGNORED };

	each(type, "tc.sigactions", core, take_action, &p);
	if (!p.action)
		return 0;
	each(type, "thread_core", core, take_thread, &p);
	each(type, "thread_core.signals_p.signals", core, take_signal, &p);
	each(type, "tc.signals_s.signals", core, take_signal, &p);
	return p.fatal;
}
