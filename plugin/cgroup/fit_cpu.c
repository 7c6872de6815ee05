/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The judges of CPU time on v1, where the kernel compares a group with those around it
 * (kernel/sched/core.c, __cfs_schedulable; kernel/sched/rt.c, tg_rt_schedulable):
 *
 *	quota	its share of a period is at most that of the nearest group above that
 *		has one
 *	burst	at most the quota
 *	realtime	the shares of all groups in one are at most that one's
 *
 * A share is counted as the kernel does, in parts of 2^20.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../proto/file.h"
#include "../../rules/text.h"
#include "../hostfile.h"
#include "fit_cpu.h"

#define QUOTA_MIN 1000 /* us, of the kernel */
#define SHARE_ALL (1 << 20)

static const char too_much[] = "the group above has no more than this";

struct kind {
	const char *runtime, *period;
	number_t fresh_period; /* of a group that does not say */
};
static const struct kind quota = { "cpu.cfs_quota_us", "cpu.cfs_period_us", 100000 };
static const struct kind realtime = { "cpu.rt_runtime_us", "cpu.rt_period_us", 1000000 };

/* -1: no limit. */
static number_t share_of(number_t runtime, number_t period)
{
	return runtime < 0 || period <= 0 ? -1 : runtime * SHARE_ALL / period;
}

/* The most that is no larger a share. */
static number_t runtime_of(number_t share, number_t period)
{
	return ((share + 1) * period - 1) / SHARE_ALL;
}

/* ---- on this host ---- */

/* The nearest group above the one that is judged that is here. */
static int group_above(const struct fit *fit, const struct fit_item *item, struct arena *arena,
		       const char **group, struct error *err)
{
	*group = fit->nearest;
	if (fit->path.data)
		*group = cgroup_path_parent(arena, fit_path(fit));
	else if (item->group->here)
		*group = cgroup_path_parent(arena, *group);
	if (!*group)
		return fail_memory(err);
	return cgroup_host_nearest(fit->host, fit->hierarchy, arena, group, err);
}

static int host_number(const struct fit *fit, const char *group, const char *file, number_t *n,
		       struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	char path[CGROUP_HOST_PATH_MAX];
	const char *line;
	int found;

	if (!cgroup_host_path(fit->hierarchy, group, file, path))
		return 0;
	found = hostfile_line(fit->host->root, path, &arena, &line, err);
	return found > 0 ? text_number(span_text(line), n) : found;
}

static int host_share(const struct fit *fit, const struct kind *kind, const char *group,
		      number_t *share, struct error *err)
{
	number_t runtime, period = kind->fresh_period;
	int found = host_number(fit, group, kind->runtime, &runtime, err);

	if (found <= 0)
		return found;
	if (host_number(fit, group, kind->period, &period, err) < 0)
		return -1;
	*share = share_of(runtime, period);
	return 1;
}

/* ---- in the checkpoint ---- */

static int image_number(struct span group, const char *name, number_t *n, struct error *err)
{
	struct span value;
	int found = fit_value_in(group, name, &value, err);

	return found > 0 ? text_number(value, n) : found;
}

static int image_share(const struct fit_group *g, const struct kind *kind, number_t *share,
		       number_t *period, struct error *err)
{
	struct span body = g->raw.field.bytes;
	number_t runtime = -1;

	*period = kind->fresh_period;
	if (image_number(body, kind->runtime, &runtime, err) < 0 ||
	    image_number(body, kind->period, period, err) < 0)
		return -1;
	*share = share_of(runtime, *period);
	return 0;
}

static enum fit_verdict give(struct fit_item *item, number_t runtime, const char *note)
{
	item->note = note;
	text_put_number(item->fresh, runtime);
	return FIT_CHANGE;
}

/* ---- quota ---- */

/* Of the nearest group above that has one; 0: none has. */
static int quota_above(const struct fit *fit, const struct fit_item *item, number_t *share,
		       struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const char *group = "/";
	int found = 0;

	*share = -1;
	if (fit_may_look(fit) && group_above(fit, item, &arena, &group, err) < 0)
		return -1;
	for (; group && strcmp(group, "/") != 0; group = cgroup_path_parent(&arena, group)) {
		found = host_share(fit, &quota, group, share, err);
		if (found < 0 || *share >= 0)
			break;
	}
	if (!group)
		return fail_memory(err);
	return found < 0 ? -1 : *share >= 0;
}

/* What is left of a group's quota here; -1: it has none, or all of it is. */
static int quota_left(const struct fit *fit, const struct fit_item *item, number_t wanted,
		      number_t *left, struct error *err)
{
	number_t period = quota.fresh_period, above;
	int found;

	*left = -1;
	if (wanted < 0)
		return 0;
	if (image_number(item->group->raw.field.bytes, quota.period, &period, err) < 0)
		return -1;
	found = quota_above(fit, item, &above, err);
	if (found > 0 && share_of(wanted, period) > above)
		*left = runtime_of(above, period);
	return found < 0 ? -1 : 0;
}

enum fit_verdict judge_quota(struct fit *fit, struct fit_item *item, struct error *err)
{
	number_t wanted, left;

	if (!text_number(item->value, &wanted) || wanted < 0)
		return FIT_KEEP;
	item->of_group = true;
	if (quota_left(fit, item, wanted, &left, err) < 0)
		return FIT_FAILED;
	if (left < 0)
		return FIT_KEEP;
	if (left >= QUOTA_MIN)
		return give(item, left, too_much);
	item->note = "the group above has less than the kernel gives to one group";
	return FIT_DROP;
}

enum fit_verdict judge_burst(struct fit *fit, struct fit_item *item, struct error *err)
{
	number_t burst, wanted = -1, left;

	if (!text_number(item->value, &burst) || burst <= 0)
		return FIT_KEEP;
	item->of_group = true;
	if (image_number(item->group->raw.field.bytes, quota.runtime, &wanted, err) < 0 ||
	    quota_left(fit, item, wanted, &left, err) < 0)
		return FIT_FAILED;
	if (left < 0 || burst <= left)
		return FIT_KEEP;
	return give(item, left < QUOTA_MIN ? 0 : left, "not more than cpu.cfs_quota_us");
}

/* ---- realtime ---- */

/* What the groups of this host in `above` have, without the one that is judged. */
static int taken_beside(const struct fit *fit, const char *above, const char *own, number_t *taken,
			struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_dir DIR *list = NULL;
	const char *name, *group;
	number_t share;
	int found = fit_open_group(fit, above, &list, err);

	if (found <= 0)
		return found;
	while ((name = fit_next_group(list))) {
		group = arena_printf(&arena, "%s/%s", above[1] ? above : "", name);
		if (!group)
			return fail_memory(err);
		if (own && strcmp(group, own) == 0)
			continue;
		share = 0;
		if (host_share(fit, &realtime, group, &share, err) < 0)
			return -1;
		*taken += share > 0 ? share : 0;
	}
	return errno ? fail_errno(err, "%s: cannot list", above) : 0;
}

/* What a group that CRIU makes in `above` can have: 1, 0: anything, -1. Those that came
 * before it have had theirs. */
static int realtime_left(struct fit *fit, const struct fit_item *item, number_t *left,
			 struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	const char *above;
	number_t taken = 0;
	int found;

	if (!fit_may_look(fit))
		return 0;
	if (group_above(fit, item, &arena, &above, err) < 0)
		return -1;
	found = host_share(fit, &realtime, above, left, err);
	if (found <= 0 || *left < 0)
		return found < 0 ? -1 : 0;
	if (taken_beside(fit, above, item->group->here ? fit_path(fit) : NULL, &taken, err) < 0)
		return -1;
	if (!fit->realtime.above || strcmp(fit->realtime.above, above) != 0) {
		fit->realtime.above = arena_copy(fit->arena, above, strlen(above));
		fit->realtime.given = 0;
	}
	*left -= taken + fit->realtime.given;
	*left = *left < 0 ? 0 : *left;
	return fit->realtime.above ? 1 : fail_memory(err);
}

/* The uppermost group around it that CRIU makes, whose share is shared out below. */
static const struct fit_group *topmost(const struct fit_group *g)
{
	while (!g->here && g->parent && !g->parent->here)
		g = g->parent;
	return g;
}

enum fit_verdict judge_rt(struct fit *fit, struct fit_item *item, struct error *err)
{
	const struct fit_group *top = topmost(item->group);
	number_t runtime, share, all, left, period, ignored;
	int found;

	if (!text_number(item->value, &runtime) || runtime <= 0)
		return FIT_KEEP;
	item->of_group = true;
	found = realtime_left(fit, item, &left, err);
	if (found <= 0)
		return found < 0 ? FIT_FAILED : FIT_KEEP;
	if (image_share(item->group, &realtime, &ignored, &period, err) < 0 ||
	    image_share(top, &realtime, &all, &ignored, err) < 0)
		return FIT_FAILED;
	share = share_of(runtime, period);
	if (top == item->group)
		all = share;
	/* Below one that gets less, all get less in the same measure. */
	if (all > left)
		share = share * left / all;
	if (top == item->group)
		fit->realtime.given += share;
	return all > left ? give(item, runtime_of(share, period), too_much) : FIT_KEEP;
}
