/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 *	pts 0 to 3
 *
 * The index of a pseudo-terminal: of the terminal itself, of its device number, and the
 * name /dev/pts/N of each descriptor, which have to agree.
 */
#include <stdio.h>

#include "../../rules/args.h"
#include "../context.h"
#include "fields.h"
#include "verbs.h"

#define PTS_MAX ((1u << 20) - 1)
#define MAJOR_FIRST 136 /* Linux, UNIX98_PTY_SLAVE_MAJOR: 256 indexes each */
#define MAJOR_COUNT 8

struct pts {
	uint64_t old, fresh;
	bool taken;
};

static int read_arguments(struct verb_args *a, void *out, struct error *err)
{
	struct pts *p = out;

	if (args_number(a, "an index", 0, PTS_MAX, &p->old, err) < 0 ||
	    args_need(a, "to", err) < 0 ||
	    args_number(a, "an index", 0, PTS_MAX, &p->fresh, err) < 0)
		return -1;
	return args_end(a, "the end of the line", err);
}

static int judge_taken(void *ctx, const struct rules_object *o, struct value *fresh,
		       struct error *err)
{
	struct pts *p = ctx;

	p->taken |= o->now.type == VALUE_NUMBER && o->now.number == p->fresh;
	return 0;
}

static int judge_index(void *ctx, const struct rules_object *o, struct value *fresh,
		       struct error *err)
{
	const struct pts *p = ctx;

	*fresh = value_number((number_t)p->fresh);
	return o->now.type == VALUE_NUMBER && o->now.number == p->old;
}

/* makedev(3) of the slave: minor numbers have the bits from 8 on above the major. */
static uint64_t device_of(uint64_t index)
{
	return (MAJOR_FIRST << 8) | (index & 0xff) | (index & ~UINT64_C(0xff)) << 12;
}

static int judge_device(void *ctx, const struct rules_object *o, struct value *fresh,
			struct error *err)
{
	const struct pts *p = ctx;

	*fresh = value_number((number_t)device_of(p->fresh));
	return o->now.type == VALUE_NUMBER && o->now.number == device_of(p->old);
}

/* Also below another root: /srv/root/dev/pts/0. */
static int judge_name(void *ctx, const struct rules_object *o, struct value *fresh,
		      struct error *err)
{
	cleanup_buffer struct buffer name = { 0 };
	const struct pts *p = ctx;
	char tail[40];
	size_t size = (size_t)snprintf(tail, sizeof(tail), "/dev/pts/%llu",
				       (unsigned long long)p->old);

	if (o->now.type != VALUE_TEXT || o->now.text.size < size ||
	    !span_is(span_of(o->now.text.data + o->now.text.size - size, size), tail))
		return 0;
	buffer_append(&name, span_of(o->now.text.data, o->now.text.size - size));
	buffer_printf(&name, "/dev/pts/%llu", (unsigned long long)p->fresh);
	return fields_give(o, &name, fresh, err);
}

static int run(struct rules_call *call, struct error *err)
{
	struct pts p = *(const struct pts *)call->wish;

	if (explain_same(call, p.old == p.fresh))
		return 0;
	if (fields_sweep(call, ROLE_PTS, judge_taken, &p, err) < 0)
		return -1;
	if (p.taken)
		return fail(err, "terminal %llu is in the checkpoint, too",
			    (unsigned long long)p.fresh);
	if (fields_sweep(call, ROLE_PTS, judge_index, &p, err) < 0 ||
	    rules_sweep(call, "tty_info_entry.rdev", judge_device, &p, err) < 0)
		return -1;
	return fields_sweep(call, ROLE_PATH, judge_name, &p, err);
}

const struct rules_verb verb_pts = {
	NULL, "pts", "pts OLD to NEW", read_arguments, sizeof(struct pts), run,
};
