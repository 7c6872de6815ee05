/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pending.h"

#include <signal.h>
#include <string.h>

#include "field_path.h"

#define BIT(signal) (1ull << ((signal)-1))

/* What a task that has said nothing does not notice: signal(7). */
#define IGNORED (BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH))

bool pending_is_touched(const struct rules_edit *by, const struct image_kind *kind)
{
	static const struct {
		const char *message, *field;
	} fields[] = {
		{ "thread_core_entry", "blk_sigset" },
		{ "task_core_entry", "blk_sigset" },
		{ "sa_entry", "sigaction" },
	};
	const struct message_type *m;

	for (size_t i = 0; strcmp(kind->name, "core") == 0 && i < 3; i++) {
		m = message_find(fields[i].message, strlen(fields[i].message));
		if (rules_edit_writes(by,
				      message_field(m, fields[i].field, strlen(fields[i].field))))
			return true;
	}
	return false;
}

/* ---- one thread ------------------------------------------------------------- */

struct pending {
	unsigned action;  /* the last signal whose action was seen */
	uint64_t handled; /* by the task, as sets */
	uint64_t shared, own;
	uint64_t blocked;
};

/* The list leaves out what no task can have an action for. */
static void take_action(void *arg, struct span body)
{
	struct pending *p = arg;

	do
		p->action++;
	while (p->action == SIGKILL || p->action == SIGSTOP);
	if (p->action <= 64 && field_path_number("sa_entry", body, "sigaction", NULL))
		p->handled |= BIT(p->action);
}

static void take_task(void *arg, struct span body)
{
	struct pending *p = arg;

	p->blocked = field_path_number("task_core_entry", body, "blk_sigset", NULL);
}

/* Where it is there it counts in place of the task's. */
static void take_thread(void *arg, struct span body)
{
	struct pending *p = arg;
	uint64_t blocked = field_path_number("thread_core_entry", body, "blk_sigset", NULL);

	p->blocked = blocked ? blocked : p->blocked;
}

/* A siginfo_t begins with the signal. */
static uint64_t signal_of(struct span body)
{
	struct span info = { NULL, 0 };
	int32_t signal = 0;

	field_path_number("siginfo_entry", body, "siginfo", &info);
	if (info.size >= sizeof(signal))
		memcpy(&signal, info.data, sizeof(signal));
	return signal >= 1 && signal <= 64 ? BIT(signal) : 0;
}

static void take_shared(void *arg, struct span body)
{
	((struct pending *)arg)->shared |= signal_of(body);
}

static void take_own(void *arg, struct span body)
{
	((struct pending *)arg)->own |= signal_of(body);
}

static void read_core(struct pending *p, const struct image_kind *kind, struct span core)
{
	static const struct {
		const char *path;
		field_path_taker take;
	} parts[] = {
		{ "tc.sigactions", take_action },
		{ "tc", take_task },
		{ "thread_core", take_thread },
		{ "tc.signals_s.signals", take_shared },
		{ "thread_core.signals_p.signals", take_own },
	};
	struct field_path path;

	p->own = p->blocked = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		field_path_find(&path, kind->entry, span_text(parts[i].path));
		field_path_each(&path, core, parts[i].take, p);
	}
}

/* ---- all tasks -------------------------------------------------------------- */

struct search {
	struct checkpoint *checkpoint;
	struct error *err;
	struct pending task; /* whose threads are gone through */
	uint64_t first;      /* its number */
	uint64_t dying;      /* a thread; 0: none so far */
	int status;
};

/* 1 when there is such an image and `p` has what it says. */
static int find_core(struct search *s, uint64_t number)
{
	const struct image_kind *kind = kind_named("core", strlen("core"));
	struct checkpoint_image *file;
	struct image_entry entry;
	struct image image;
	size_t index = 0;
	int found = checkpoint_find_numbered(s->checkpoint, kind, (number_t)number, &index, s->err);

	if (found > 0)
		found = checkpoint_find(s->checkpoint, kind, index, &file, s->err);
	if (found <= 0)
		return found;
	if (checkpoint_entries(s->checkpoint, file, &image, s->err) < 0)
		return -1;
	found = image_next(&image, &entry, s->err);
	if (found > 0)
		read_core(&s->task, kind, entry.body);
	return found;
}

static void look_at_thread(struct search *s, uint64_t thread)
{
	int found = s->status == 0 && !s->dying ? find_core(s, thread) : 0;

	if (found < 0)
		s->status = -1;
	if (found > 0 && (s->task.shared | s->task.own) & ~s->task.blocked & ~s->task.handled)
		s->dying = thread;
}

/* The first task of a pid namespace does not die of signals. */
static void look_at_task(struct search *s, const struct image_entry *entry)
{
	const struct field_type *threads = message_field(entry->type, "threads", strlen("threads"));
	struct span body = entry->body;
	struct wire_field wire;
	struct error ignored;
	uint64_t pid = field_path_number("pstree_entry", body, "pid", NULL);

	s->task = (struct pending){ .handled = IGNORED };
	if (pid == 1)
		return;
	look_at_thread(s, pid);
	while (wire_next_of(&body, field_number(threads), &wire, &ignored) > 0)
		if (wire.type != WIRE_BYTES)
			look_at_thread(s, wire.scalar);
}

static int find_dying(struct search *s)
{
	const struct image_kind *kind = kind_named("pstree", strlen("pstree"));
	struct checkpoint_image *file;
	struct image_entry entry;
	struct image image;
	int more = checkpoint_find(s->checkpoint, kind, 0, &file, s->err);

	if (more <= 0)
		return more;
	if (checkpoint_entries(s->checkpoint, file, &image, s->err) < 0)
		return -1;
	while ((more = image_next(&image, &entry, s->err)) > 0)
		look_at_task(s, &entry);
	return more < 0 ? -1 : s->status;
}

int pending_check(const struct blame *by, struct checkpoint *now, struct checkpoint *original,
		  struct error *err)
{
	struct search after = { .checkpoint = now, .err = err };
	struct search before = { .checkpoint = original, .err = err };

	if (find_dying(&after) < 0 || (after.dying && find_dying(&before) < 0))
		return -1;
	if (!after.dying || before.dying)
		return 0;
	return fail(
		err,
		"%s:%u: core-%llu.img: after this change a signal that waits, and ends the task, "
		"is not in blk_sigset, and CRIU restores a task that dies of it; keep it there, "
		"or delete what waits",
		by->file, by->line, (unsigned long long)after.dying);
}
