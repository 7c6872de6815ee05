/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans the groups of a checkpoint on cgroup v2.
 *
 * On v2 a group has a controller's files only if its parent hands that
 * controller on (cgroup.subtree_control), and so on up to the root. CRIU writes
 * values late and subtree_control later still, so limits of nested groups get
 * lost or stop the restore. Here groups are planned from the top down: first
 * the group, then what its ancestors must hand on for its values, then the
 * values.
 *
 * A group that this host has already is left as it is, and so are the values
 * in it; that it hands a controller on may be needed nevertheless. What is
 * planned leaves cgroup.img, so that CRIU does not do it a second time and
 * differently; what freezes tasks stays, because only CRIU knows when.
 *
 * v1 is CRIU's own: it makes those groups with all their values in one go.
 */
#include "cgroup_prepare.h"

#include <string.h>

#include "cgroup_fields.h"
#include "cgroup_make.h"
#include "cgroup_root.h"
#include "hostfile.h"

#define GROUPS_MAX 10000
#define DEPTH_MAX 100
#define HANDED_MAX 64 /* controllers of v2, of which there are a dozen */

/* A group on the way from the root, as it will be. */
struct node {
	struct node *next; /* of all that exist or are implied */
	struct node *parent;
	const char *path;    /* in the hierarchy */
	const char *image;   /* as the checkpoint calls it; NULL: it does not */
	bool here;           /* on this host, and not ours to touch */
	struct span handed[HANDED_MAX];
	size_t handed_count;
};

struct prepare {
	struct rules_call *call;
	struct crw *crw;
	struct arena *arena; /* of the statement */
	const struct cgroup_host *host;
	const struct cgroup_hierarchy *hierarchy;
	struct span controller;
	struct node *above; /* ancestors of top-level groups */
	size_t groups;
};

int cgroup_prepare_check(const struct rules_argument *args, size_t count, size_t *wrong,
			 struct error *err)
{
	(void)args;
	*wrong = 0;
	return count ? fail(err, "prepare takes nothing behind it") : 0;
}

/* ---- steps -------------------------------------------------------------------------- */

static const char *name_of(struct prepare *p, const struct node *n)
{
	return arena_printf(&p->crw->outcome, "v2:%s", n->path);
}

/* The path below the root of the host; NULL: no memory. */
static const char *host_path(struct prepare *p, const struct node *n)
{
	size_t root = strcmp(p->hierarchy->mount_root, "/") == 0 ? 0 :
								     strlen(p->hierarchy->mount_root);

	return arena_printf(&p->crw->outcome, "%s%s", p->hierarchy->mount, n->path + root);
}

/* Adds the step, and a change that tells of it. */
static int add_step(struct prepare *p, const struct node *n, struct cgroup_step step,
		    const char *field, const char *after, const char *note, struct error *err)
{
	struct cgroup_step *s = arena_alloc(&p->crw->outcome, sizeof(*s));
	const struct rules_change change = {
		.file = "host", .where = name_of(p, n), .field = field, .after = after,
		.note = note, .place = p->call->place, .rule = p->call->rule,
	};

	if (!s || !change.where)
		return fail_memory(err);
	*s = step;
	s->name = change.where;
	s->path = host_path(p, n);
	if (!s->path)
		return fail_memory(err);
	*p->crw->steps_end = s;
	p->crw->steps_end = &s->next;
	return field ? crw_keep_change(p->crw, &change, err) : 0;
}

static const char *keep(struct prepare *p, struct span text)
{
	return arena_copy(&p->crw->outcome, text.data, text.size);
}

/* ---- what is handed on ------------------------------------------------------------------ */

static bool hands_on(const struct node *n, struct span controller)
{
	for (size_t i = 0; i < n->handed_count; i++)
		if (span_equal(n->handed[i], controller))
			return true;
	return false;
}

/* Calls the words of a list as the kernel writes it. */
static struct span next_word(const char **list)
{
	const char *start = *list + strspn(*list, " \n");
	size_t size = strcspn(start, " \n");

	*list = start + size;
	return span_of(start, size);
}

static int read_line(struct prepare *p, const struct node *n, const char *file, const char **line,
		     struct error *err)
{
	const char *path = host_path(p, n);

	*line = "";
	path = path ? arena_printf(p->arena, "%s/%s", path, file) : NULL;
	if (!path)
		return fail_memory(err);
	return hostfile_line(p->host->root, path, p->arena, line, err);
}

static int read_handed(struct prepare *p, struct node *n, struct error *err)
{
	const char *line;
	struct span word;

	if (read_line(p, n, "cgroup.subtree_control", &line, err) < 0)
		return -1;
	while ((word = next_word(&line)).size && n->handed_count < HANDED_MAX)
		n->handed[n->handed_count++] = word;
	return 0;
}

/* Plans that the group hands the controller on, and all above it. */
static int hand_on(struct prepare *p, struct node *n, struct span controller, struct error *err)
{
	const char *value;

	if (!n || hands_on(n, controller) || n->handed_count == HANDED_MAX)
		return 0;
	if (hand_on(p, n->parent, controller, err) < 0)
		return -1;
	value = arena_printf(&p->crw->outcome, "+%.*s", (int)controller.size,
			     (const char *)controller.data);
	n->handed[n->handed_count++] = controller;
	if (!value)
		return fail_memory(err);
	return add_step(p, n,
			(struct cgroup_step){
				.type = CGROUP_WRITE, .file = "cgroup.subtree_control", .value = value,
			},
			"cgroup.subtree_control", value, "for the groups below", err);
}

/* Does this host's v2 have the controller at all? 1, 0, -1. */
static int host_has(struct prepare *p, const struct node *n, struct span controller,
		    struct error *err)
{
	const char *line;
	struct span word;

	while (n->parent)
		n = n->parent;
	if (read_line(p, n, "cgroup.controllers", &line, err) < 0)
		return -1;
	while ((word = next_word(&line)).size)
		if (span_equal(word, controller))
			return 1;
	return 0;
}

/* ---- properties -------------------------------------------------------------------------- */

struct property {
	struct span name, value;
	struct cgroup_owner owner;
};

static int read_owner(struct span body, struct cgroup_owner *owner, struct error *err)
{
	struct wire_field f;
	int more;

	*owner = (struct cgroup_owner){ .known = true };
	while ((more = wire_next(&body, &f, err)) > 0) {
		if (f.number == CGROUP_PERMS_MODE)
			owner->mode = (mode_t)f.scalar;
		else if (f.number == CGROUP_PERMS_UID)
			owner->uid = (uid_t)f.scalar;
		else if (f.number == CGROUP_PERMS_GID)
			owner->gid = (gid_t)f.scalar;
	}
	return more;
}

static int read_property(struct span body, struct property *property, struct error *err)
{
	struct wire_field f;
	int more;

	*property = (struct property){ .owner = { .known = false } };
	while ((more = wire_next(&body, &f, err)) > 0) {
		if (f.number == CGROUP_PROP_NAME)
			property->name = f.bytes;
		else if (f.number == CGROUP_PROP_VALUE)
			property->value = f.bytes;
		else if (f.number == CGROUP_PROP_PERMS &&
			 read_owner(f.bytes, &property->owner, err) < 0)
			return -1;
	}
	return more;
}

/* What is done with properties that are no controller's: they begin with
 * "cgroup.", or come from v1. */
enum treatment { WRITE_VALUE, WRITE_LATE, SET_OWNER, HAND_ON, LEAVE };

static const struct {
	const char *name;
	enum treatment treatment;
} own_files[] = {
	{ "cgroup.type", WRITE_VALUE },
	{ "cgroup.procs", SET_OWNER },
	{ "cgroup.threads", SET_OWNER },
	{ "cgroup.subtree_control", HAND_ON },
	{ "cgroup.max.descendants", WRITE_LATE }, /* they count what is made below */
	{ "cgroup.max.depth", WRITE_LATE },
	{ "cgroup.freeze", LEAVE },
};

static enum treatment treatment_of(struct span name)
{
	for (size_t i = 0; i < sizeof(own_files) / sizeof(own_files[0]); i++)
		if (span_is(name, own_files[i].name))
			return own_files[i].treatment;
	return WRITE_VALUE;
}

/* "memory" of "memory.max"; empty for those that every group has. */
static struct span controller_of(struct span name)
{
	const uint8_t *dot = name.size ? memchr(name.data, '.', name.size) : NULL;
	struct span controller = span_of(name.data, dot ? (size_t)(dot - name.data) : 0);

	return span_is(controller, "cgroup") ? span_of(NULL, 0) : controller;
}

static int drop(struct prepare *p, const struct node *n, const struct property *property,
		const char *why, struct error *err)
{
	const struct rules_change change = {
		.file = "host", .where = name_of(p, n), .field = keep(p, property->name),
		.before = keep(p, property->value), .note = why, .place = p->call->place,
		.rule = p->call->rule,
	};

	if (!change.where || !change.field || !change.before)
		return fail_memory(err);
	return crw_keep_change(p->crw, &change, err);
}

/* Are tasks of the checkpoint in the group itself? 1, 0, -1. */
static int has_tasks(const struct prepare *p, const char *image, struct error *err)
{
	struct span rest = p->call->body, set, member;
	struct wire_field f, ctl, path;
	int more, inner = 0;

	while ((more = wire_next(&rest, &f, err)) > 0) {
		set = f.bytes;
		while (f.number == CGROUP_ENTRY_SETS && (inner = wire_next(&set, &ctl, err)) > 0) {
			bool v2 = true, same = false;

			member = ctl.bytes;
			if (ctl.number != CG_SET_CTLS)
				continue;
			while ((inner = wire_next(&member, &path, err)) > 0) {
				v2 &= path.number != CG_MEMBER_NAME || path.bytes.size == 0;
				same |= path.number == CG_MEMBER_PATH && span_is(path.bytes, image);
			}
			if (inner < 0)
				return -1;
			if (v2 && same)
				return 1;
		}
		if (inner < 0)
			return -1;
	}
	return more;
}

/* Plans one value of a controller, if v2 can have it there: 0, -1. */
static int plan_value(struct prepare *p, struct node *n, const struct property *property,
		      struct cgroup_step step, struct error *err)
{
	struct span controller = controller_of(property->name);
	int has = 1, busy = 0;

	if (controller.size && !hands_on(n->parent, controller)) {
		has = host_has(p, n, controller, err);
		busy = n->parent->image ? has_tasks(p, n->parent->image, err) : 0;
	}
	if (has < 0 || busy < 0)
		return -1;
	if (!has)
		return drop(p, n, property, "cgroup v2 has not got this controller here", err);
	if (busy)
		return drop(p, n, property, "v2 has no limits below a group with tasks in it", err);
	if (controller.size && hand_on(p, n->parent, controller, err) < 0)
		return -1;
	return add_step(p, n, step, step.file, step.value, NULL, err);
}

static int plan_handed(struct prepare *p, struct node *n, const struct property *property,
		       const char *value, struct error *err)
{
	struct span word;
	int has;

	while ((word = next_word(&value)).size) {
		has = host_has(p, n, word, err);
		if (has < 0 || (has && hand_on(p, n, word, err) < 0))
			return -1;
	}
	if (!property->owner.known)
		return 0;
	return add_step(p, n,
			(struct cgroup_step){
				.type = CGROUP_OWN, .file = "cgroup.subtree_control",
				.owner = property->owner,
			},
			NULL, NULL, NULL, err);
}

/* 1 when it is planned and leaves the image, 0 when it is not its turn, -1. */
static int plan_property(struct prepare *p, struct node *n, const struct property *property,
			 bool late, struct error *err)
{
	enum treatment treatment = treatment_of(property->name);
	struct cgroup_step step = {
		.type = treatment == SET_OWNER ? CGROUP_OWN : CGROUP_WRITE,
		.file = keep(p, property->name), .value = keep(p, property->value),
		.owner = property->owner,
	};
	int status;

	if (!step.file || !step.value)
		return fail_memory(err);
	if (treatment == LEAVE || (treatment == WRITE_LATE) != late)
		return 0;
	if (treatment == HAND_ON)
		status = plan_handed(p, n, property, step.value, err);
	else if (treatment == SET_OWNER)
		status = add_step(p, n, step, NULL, NULL, NULL, err);
	else if (span_is(property->name, "cgroup.type") && strcmp(step.value, "threaded") != 0)
		status = 0;
	else
		status = plan_value(p, n, property, step, err);
	return status < 0 ? -1 : 1;
}

static int plan_properties(struct prepare *p, struct node *n, struct span body, bool late,
			   struct error *err)
{
	struct property property;
	struct wire_field f;
	int more, planned;

	while ((more = wire_next(&body, &f, err)) > 0) {
		if (f.number != CGROUP_DIR_PROPERTIES)
			continue;
		if (read_property(f.bytes, &property, err) < 0)
			return -1;
		planned = plan_property(p, n, &property, late, err);
		if (planned < 0 ||
		    (planned && patch_replace(p->call->patch, f.raw, span_of(NULL, 0), err) < 0))
			return -1;
	}
	return more;
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* The host's side of a node: is it there, what does it hand on? */
static int look_up(struct prepare *p, struct node *n, struct error *err)
{
	const char *path = host_path(p, n);

	if (!path)
		return fail_memory(err);
	n->here = cgroup_host_exists(p->host, p->hierarchy, n->path) &&
		  !cgroup_is_left_over(p->host->root, path);
	return n->here ? read_handed(p, n, err) : 0;
}

static int plan_group(struct prepare *p, struct node *n, struct cgroup_owner owner,
		      struct error *err)
{
	if (n->here)
		return 0;
	if (++p->groups > GROUPS_MAX)
		return fail(err, "prepare makes no more than %d groups", GROUPS_MAX);
	return add_step(p, n, (struct cgroup_step){ .type = CGROUP_MAKE, .owner = owner }, "group",
			"made", NULL, err);
}

static int read_dir_owner(struct span body, struct cgroup_owner *owner, struct error *err)
{
	struct wire_field f;
	int more;

	owner->known = false;
	while ((more = wire_next(&body, &f, err)) > 0)
		if (f.number == CGROUP_DIR_PERMS && read_owner(f.bytes, owner, err) < 0)
			return -1;
	return more;
}

static int read_name(struct span body, struct span *name, struct error *err)
{
	struct wire_field f;
	int more;

	*name = span_of(NULL, 0);
	while ((more = wire_next(&body, &f, err)) > 0)
		if (f.number == CGROUP_DIR_NAME)
			*name = f.bytes;
	return more;
}

static int walk_group(struct prepare *p, struct node *n, const struct wire_field *dir,
		      unsigned depth, struct error *err);

static int walk_children(struct prepare *p, struct node *n, struct span body, unsigned depth,
			 struct error *err)
{
	struct span name;
	struct wire_field f;
	int more;

	while ((more = wire_next(&body, &f, err)) > 0) {
		struct node child = { .parent = n };

		if (f.number != CGROUP_DIR_CHILDREN)
			continue;
		if (read_name(f.bytes, &name, err) < 0)
			return -1;
		child.path = cgroup_join(p->arena, n->path, name);
		child.image = cgroup_join(p->arena, n->image, name);
		if (!child.path || !child.image)
			return fail_memory(err);
		if (walk_group(p, &child, &f, depth + 1, err) < 0)
			return -1;
	}
	return more;
}

static int walk_group(struct prepare *p, struct node *n, const struct wire_field *dir,
		      unsigned depth, struct error *err)
{
	struct cgroup_owner owner;

	if (depth > DEPTH_MAX)
		return fail(err, "cgroups are nested more than %d deep", DEPTH_MAX);
	if (look_up(p, n, err) < 0 || read_dir_owner(dir->bytes, &owner, err) < 0 ||
	    patch_enter(p->call->patch, dir, err) < 0 || plan_group(p, n, owner, err) < 0)
		return -1;
	if (!n->here && plan_properties(p, n, dir->bytes, false, err) < 0)
		return -1;
	if (walk_children(p, n, dir->bytes, depth, err) < 0)
		return -1;
	if (!n->here && plan_properties(p, n, dir->bytes, true, err) < 0)
		return -1;
	return patch_leave(p->call->patch, err);
}

/* The node of an ancestor that the image does not describe, made bare if the
 * host has not got it. Top-level groups mostly share them. */
static struct node *ancestor(struct prepare *p, const char *path, struct error *err)
{
	const struct cgroup_owner nobody = { .known = false };
	const char *slash = strrchr(path, '/'), *up;
	struct node *n = p->above;

	while (n && strcmp(n->path, path) != 0)
		n = n->next;
	if (n)
		return n;
	n = arena_alloc(p->arena, sizeof(*n));
	up = arena_printf(p->arena, "%.*s", slash > path ? (int)(slash - path) : 1, path);
	if (!n || !up) {
		fail_memory(err);
		return NULL;
	}
	n->path = path;
	/* Above the mount there is nothing that could be seen or made. */
	if (strcmp(path, "/") != 0 && strcmp(path, p->hierarchy->mount_root) != 0) {
		n->parent = ancestor(p, up, err);
		if (!n->parent)
			return NULL;
	}
	if (look_up(p, n, err) < 0 || plan_group(p, n, nobody, err) < 0)
		return NULL;
	n->next = p->above;
	p->above = n;
	return n;
}

static int check_visible(const struct prepare *p, const char *path, struct error *err)
{
	const char *root = p->hierarchy->mount_root;
	size_t size = strcmp(root, "/") == 0 ? 0 : strlen(root);

	if (strncmp(path, root, size) == 0 && (path[size] == '/' || !path[size]))
		return 0;
	return fail(err, "prepare: v2:%s is out of sight, since /%s shows %s alone", path,
		    p->hierarchy->mount, root);
}

static int walk_top(struct prepare *p, const struct wire_field *dir, struct error *err)
{
	struct node n = { .next = NULL };
	struct span name;
	const char *up;
	bool moved;

	if (read_name(dir->bytes, &name, err) < 0 ||
	    cgroup_place(p->crw, p->call->body, p->controller, name, p->arena, &n.path, &moved,
			 err) < 0 ||
	    check_visible(p, n.path, err) < 0)
		return -1;
	n.image = cgroup_join(p->arena, "/", name);
	up = arena_printf(p->arena, "%.*s",
			  strrchr(n.path, '/') > n.path ? (int)(strrchr(n.path, '/') - n.path) : 1,
			  n.path);
	if (!n.image || !up)
		return fail_memory(err);
	if (strcmp(n.path, "/") != 0) {
		n.parent = ancestor(p, up, err);
		if (!n.parent)
			return -1;
	}
	return walk_group(p, &n, dir, 0, err);
}

/* ---- controllers --------------------------------------------------------------------------------- */

/* Is the entry that of v2? 1, 0, -1. */
static int is_v2(struct span controller, struct error *err)
{
	struct wire_field f;
	int more;

	while ((more = wire_next(&controller, &f, err)) > 0)
		if (f.number == CG_CONTROLLER_CNAMES)
			return f.bytes.size == 0;
	return more;
}

static int walk_controller(struct prepare *p, const struct wire_field *controller,
			   struct error *err)
{
	struct span rest = controller->bytes;
	struct wire_field f;
	int more = is_v2(rest, err);

	if (more <= 0)
		return more;
	if (!p->hierarchy || !p->hierarchy->mount)
		return fail(err, "prepare: cgroup v2 is not mounted on this host");
	p->controller = rest;
	if (patch_enter(p->call->patch, controller, err) < 0)
		return -1;
	while ((more = wire_next(&rest, &f, err)) > 0)
		if (f.number == CG_CONTROLLER_DIRS && walk_top(p, &f, err) < 0)
			return -1;
	return more < 0 ? -1 : patch_leave(p->call->patch, err);
}

/* Groups cannot be written into an image. */
static int tell_offline(struct prepare *p, struct error *err)
{
	const struct rules_change change = {
		.file = "host", .where = "", .field = "prepare", .after = "nothing",
		.note = "groups are made by the plugin, on the host of the restore",
		.place = p->call->place, .rule = p->call->rule,
	};

	return crw_keep_change(p->crw, &change, err);
}

int cgroup_prepare_run(struct rules_call *call, struct error *err)
{
	struct prepare p = { .call = call, .crw = call->world->ctx, .arena = call->arena };
	struct span rest = call->body;
	struct wire_field f;
	int more;

	if (strcmp(p.crw->facts.stage, "restore") != 0 || p.crw->facts.only_given)
		return tell_offline(&p, err);
	if (facts_cgroups(&p.crw->facts, &p.host, err) < 0)
		return -1;
	p.hierarchy = cgroup_host_find(p.host, span_of("", 0));
	while ((more = wire_next(&rest, &f, err)) > 0)
		if (f.number == CGROUP_ENTRY_CONTROLLERS && walk_controller(&p, &f, err) < 0)
			return -1;
	return more;
}
