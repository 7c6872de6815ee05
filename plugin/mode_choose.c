/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a mode demands is looked up on the host before CRIU creates anything,
 * so that the next mode of the list finds the host untouched. A demand is
 * called unmet only when CRIU is sure to fail on it, or when the mode is one
 * of the 2015 proposal, whose promise it is.
 */
#include "mode_choose.h"

#include <string.h>

#include "cgroup/controller.h"
#include "cgroup/create.h"
#include "cgroup/target.h"
#include "cgroup/verbs.h"
#include "hostfile.h"
#include "mode.h"
#include "mode_bind.h"

struct judge {
	struct crw *crw;
	struct arena *arena;
	const struct cgroup_host *host;
	unsigned demands;
	const char *reason; /* the first that was found; NULL: the mode holds */
};

/* The reason is kept, the first one wins. */
static int object(struct judge *j, const char *reason, struct error *err)
{
	if (!reason)
		return fail_memory(err);
	if (!j->reason)
		j->reason = reason;
	return 0;
}

/* ---- hierarchies ------------------------------------------------------------ */

static size_t count_words(const char *list)
{
	size_t count = *list != 0;

	for (; *list; list++)
		count += *list == ',';
	return count;
}

/* "cpuset\t3\t5\t1": name, hierarchy, groups, enabled. */
static bool is_enabled(const char *line, const char *name, size_t size)
{
	const char *end = line + strcspn(line, "\n");

	return strncmp(line, name, size) == 0 && line[size] == '\t' && end[-1] != '0';
}

/* Does the kernel have this controller for v1? 1, 0, -1. */
static int kernel_has(struct judge *j, const char *name, size_t size, struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };
	int found = hostfile_read(j->crw->facts.root, "proc/cgroups", HOSTFILE_MAX, &text, err);
	const char *line = (const char *)text.data;

	if (found <= 0)
		return found < 0 ? -1 : 1; /* without the file there is nothing to go by */
	while (!is_enabled(line, name, size)) {
		line = strchr(line, '\n');
		if (!line++)
			return 0;
	}
	return 1;
}

/* Is v2 using the controller, so that v1 cannot have it? 1, 0, -1. */
static int v2_uses(struct judge *j, const char *name, size_t size, struct error *err)
{
	const struct cgroup_hierarchy *v2 = cgroup_host_find(j->host, span_text(""));
	const char *path, *line;
	int found;

	if (!v2 || !v2->mount)
		return 0;
	path = arena_printf(j->arena, "%s/cgroup.subtree_control", v2->mount);
	if (!path)
		return fail_memory(err);
	found = hostfile_line(j->host->root, path, j->arena, &line, err);
	return found <= 0 ? found : cgroup_list_has(span_text(line), " \t\n,", span_of(name, size));
}

/* A controller that is in no v1 hierarchy here: CRIU would make one for it. */
static int judge_idle(struct judge *j, const char *name, size_t size, struct error *err)
{
	int has = kernel_has(j, name, size, err), used = v2_uses(j, name, size, err);

	if (has < 0 || used < 0)
		return -1;
	if (used)
		return object(j,
			      arena_printf(j->arena, "%.*s belongs to cgroup v2 on this host",
					   (int)size, name),
			      err);
	if (!has)
		return object(
			j,
			arena_printf(j->arena, "this host has no controller %.*s", (int)size, name),
			err);
	return 0;
}

static int judge_mountable(struct judge *j, const struct cgroup_target *target,
			   const struct cgroup_hierarchy *h, struct error *err)
{
	const char *name = target->label;

	if (target->controller->v2)
		return 0;
	if (h && count_words(h->controllers) != count_words(name))
		return object(j,
			      arena_printf(j->arena, "%s is mounted as %s on this host", name,
					   h->controllers),
			      err);
	while (*name) {
		size_t size = strcspn(name, ",");
		const struct cgroup_hierarchy *own = cgroup_host_find(j->host, span_of(name, size));

		if (own != h)
			return object(j,
				      arena_printf(j->arena,
						   "%s are not together in one hierarchy here",
						   target->label),
				      err);
		if (!own && strncmp(name, "name=", 5) != 0 && judge_idle(j, name, size, err) < 0)
			return -1;
		name += size + (name[size] != 0);
	}
	return 0;
}

static int judge_controller(void *ctx, const struct cgroup_target *target, struct error *err)
{
	struct judge *j = ctx;
	const struct cgroup_hierarchy *h = cgroup_target_hierarchy(target, j->host);

	if ((j->demands & MODE_CAN_MOUNT) && judge_mountable(j, target, h, err) < 0)
		return -1;
	if ((j->demands & MODE_MOUNTED) && (!h || !h->mount))
		return object(
			j, arena_printf(j->arena, "%s is not mounted on this host", target->label),
			err);
	return 0;
}

/* ---- groups ------------------------------------------------------------------- */

/* A mount that shows one group only, as a runtime makes it for a container,
 * stands for the container's group in the checkpoint (mode_bind.c). */
static bool stands_for(const struct judge *j, const struct cgroup_hierarchy *h)
{
	return h && h->mount && strcmp(h->mount_root, "/") != 0 && !cgroup_root_given(j->crw);
}

static int object_to(struct judge *j, const struct cgroup_target *target, const char *what,
		     struct error *err)
{
	const char *name = cgroup_target_name(target, j->arena);

	if (!name)
		return fail_memory(err);
	return object(j, arena_printf(j->arena, "%s %s", name, what), err);
}

/* Does a rule prepare the group? */
static bool will_be_there(const struct judge *j, const struct cgroup_target *target)
{
	const struct cgroup_step *s = target->controller->v2 ? j->crw->steps : NULL;

	while (s && (s->type != CGROUP_MAKE || strcmp(s->group, target->group) != 0))
		s = s->next;
	return s != NULL;
}

static int judge_group(void *ctx, const struct cgroup_target *target, struct error *err)
{
	struct judge *j = ctx;
	const struct cgroup_hierarchy *h = cgroup_target_hierarchy(target, j->host);
	/* A root is wherever its hierarchy is, and CRIU mounts what is not mounted. */
	int here = strcmp(target->group, "/") == 0;
	bool unseen = h && !h->mount;

	if (!here && h)
		here = cgroup_host_exists(j->host, h, target->group, err);
	if (here < 0)
		return -1;
	if (j->reason)
		return 0;
	if ((j->demands & MODE_NONE_THERE) && target->top && here)
		return object_to(j, target, "exists", err);
	if ((j->demands & MODE_NONE_THERE) && target->top && stands_for(j, h))
		return object_to(j, target, "exists: a container's group is mounted for it", err);
	if ((j->demands & MODE_TOP_THERE) && target->top && !here && !stands_for(j, h))
		return object_to(j, target, "does not exist", err);
	if ((j->demands & MODE_ALL_THERE) && !here && !unseen && !will_be_there(j, target))
		return object_to(j, target, "does not exist", err);
	return 0;
}

/* j->reason says why the mode cannot be, for as long as j->arena lives. */
static int judge(struct judge *j, const char *mode, struct error *err)
{
	struct cgroup_walk walk = {
		.crw = j->crw,
		.arena = j->arena,
		.ctx = j,
		.controller = judge_controller,
		.group = judge_group,
	};
	int found;

	j->reason = NULL;
	j->demands = mode_demands(mode);
	if (!j->demands)
		return 0;
	found = cgroup_entry_of(j->crw, &walk.entry, err);
	return found <= 0 ? found : cgroup_walk(&walk, err);
}

/* ---- the list ------------------------------------------------------------------ */

static const char *join(struct arena *arena, const char *const *modes, size_t count)
{
	const char *text = "";

	for (size_t i = 0; i < count && text; i++)
		text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", modes[i]);
	return text;
}

int mode_ask(struct crw *crw, const char *const *modes, size_t count,
	     const struct rules_place *place, struct error *err)
{
	struct mode_wish *wish = &crw->wish, old = *wish;
	struct change change = {
		.type = CHANGE_OPTION,
		.image = "criu",
		.name = span_text("manage-cgroups"),
	};

	*wish = (struct mode_wish){
		.names = arena_array(&crw->outcome, count, sizeof(*wish->names)),
		.count = count,
		.text = join(&crw->outcome, modes, count),
		.place = *place,
	};
	wish->place.file = arena_copy(&crw->outcome, place->file, strlen(place->file));
	if (!wish->names || !wish->text || !wish->place.file)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (!mode_of_criu(modes[i]))
			return fail(err, "manage-cgroups: there is no mode '%s'", modes[i]);
		wish->names[i] = arena_copy(&crw->outcome, modes[i], strlen(modes[i]));
		if (!wish->names[i])
			return fail_memory(err);
	}
	if (!old.text)
		return 0;
	change.before = span_text(old.text);
	change.after = span_text(wish->text);
	change.place = *place;
	change.note = arena_printf(&crw->outcome, "overrides line %u of %s", old.place.line,
				   old.place.file);
	return change.note ? change_note(crw, &change, err) : fail_memory(err);
}

static int take(struct crw *crw, const char *mode, const char *note, struct error *err)
{
	const struct change change = {
		.type = CHANGE_OPTION,
		.image = "criu",
		.name = span_text("manage-cgroups"),
		.before = span_text("(as given)"),
		.after = span_text(mode),
		.note = *note ? note : NULL,
		.place = crw->wish.place,
	};

	crw->mode = mode;
	return change_note(crw, &change, err);
}

/* Looking at a host is of no use for another, and a mode is for a restore. */
static bool can_judge(const struct crw *crw)
{
	return !crw->facts.only_given && strcmp(crw->facts.stage, "offline") != 0;
}

/* The first of the list that holds, NULL if none does; *reasons is why those
 * before it do not. */
static int choose(struct judge *j, const char **mode, const char **reasons, struct error *err)
{
	const struct mode_wish *wish = &j->crw->wish;

	*mode = NULL;
	*reasons = "";
	for (size_t i = 0; i < wish->count; i++) {
		if (judge(j, wish->names[i], err) < 0)
			return -1;
		if (!j->reason) {
			*mode = wish->names[i];
			return 0;
		}
		*reasons = arena_printf(j->arena, "%s%s%s is not possible: %s", *reasons,
					i ? "; " : "", wish->names[i], j->reason);
		if (!*reasons)
			return fail_memory(err);
	}
	return 0;
}

int mode_choose(struct crw *crw, struct error *err)
{
	const struct mode_wish *wish = &crw->wish;
	cleanup_arena struct arena scratch = { 0 };
	struct judge j = { .crw = crw, .arena = &scratch };
	const char *mode, *reasons;

	if (wish->count == 0)
		return 0;
	if (!can_judge(crw))
		return take(crw, wish->names[0],
			    wish->count > 1 ? "the host of the restore will choose" : "", err);
	if (facts_cgroups(&crw->facts, &j.host, err) < 0)
		return -1;
	if (choose(&j, &mode, &reasons, err) < 0)
		return -1;
	if (mode)
		return take(crw, mode, reasons, err);
	return fail(err, "%s:%u: manage-cgroups: %s (opport uses what it finds)", wish->place.file,
		    wish->place.line, reasons);
}

bool mode_is(const struct crw *crw, const char *criu_mode)
{
	const char *now = crw->mode ? mode_of_criu(crw->mode) : crw->criu.mode;

	return now && strcmp(now, criu_mode) == 0;
}

/* What a mode itself does to the checkpoint; most do nothing. */
static const struct rules_verb verb_bind = { .message = "cgroup_entry", .run = mode_bind_run };

static const struct {
	const char *mode;
	const struct rules_verb *verb;
	const char *argument; /* a word; NULL: none */
} actions[] = {
	/* opport: "we try to continue as long as we can". A hierarchy that this host
	 * lacks would end the restore in every mode of CRIU but `ignore`. */
	{ "opport", &verb_regroup, NULL },
	{ "opport", &verb_drop, "absent" },
	{ "bind", &verb_bind, NULL },
};

int mode_run(struct crw *crw, const struct rules_world *world, struct error *err)
{
	if (!crw->mode || !can_judge(crw))
		return 0;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		const char *word = actions[i].argument;
		const struct rules_argument argument = {
			.type = ARGUMENT_WORD,
			.value = value_text(span_text(word ? word : "")),
		};

		if (strcmp(actions[i].mode, crw->mode) == 0 &&
		    rules_run_verb(actions[i].verb, &argument, word != NULL, &crw->wish.place,
				   world, err) < 0)
			return -1;
	}
	return 0;
}
