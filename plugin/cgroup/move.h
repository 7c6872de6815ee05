/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of the verb `move` share: the verb itself (move.c), which groups it
 * is about (move_from.c), and where a runtime wants them (move_runtime.c).
 */
#ifndef CRW_CGROUP_MOVE_H
#define CRW_CGROUP_MOVE_H

#include "../../rules/args.h"
#include "host.h"
#include "verbs.h"

enum move_to { MOVE_TO_PATH, MOVE_TO_OWN, MOVE_TO_RUNTIME };

struct move_wish {
	bool root_task; /* no old group was given */
	struct span from;
	enum move_to where;
	struct span to;
	bool some; /* `controllers` says which */
	struct verb_names controllers;
};

struct move {
	struct rules_call *call;
	struct cgroup_tree tree;
	struct move_wish wish;
	const struct cgroup_host *host;         /* NULL: another verb moves */
	const struct cgroup_set *root_set;      /* of the root task; NULL: not known */
	struct move_gone *gone;                 /* that have moved */
	struct buffer held;                     /* of struct move_held */
	const struct cgroup_controller *holder; /* of those; NULL: not looked for yet */
	bool changed;
	bool found; /* a group that the wish is about */
};

/* A group's old path, the last one first. */
struct move_gone {
	struct move_gone *next;
	struct span path;
};

/* A member of the controller whose groups move. */
struct move_held {
	const struct cgroup_set *set;
	struct cgroup_member *member;
};

/* One group of one controller. */
struct move_step {
	struct cgroup_controller *controller;
	struct span old, new;
	bool alone;       /* the group itself, without what is below */
	const char *note; /* or NULL */
};

/* The groups that an old path stands for, each once. */
struct move_olds {
	struct span *items;
	size_t count;
};

#define MOVE_GROUPS_MAX 1000 /* that one pattern may stand for */
#define MOVE_GONE_MAX 64     /* in which open files are looked for */

/* The hierarchy of this host that the controller is in; NULL. */
const struct cgroup_hierarchy *move_hierarchy(const struct move *m,
					      const struct cgroup_controller *c);

/* "memory:/ct" in the arena; NULL: no memory. */
const char *move_name(const struct move *m, const struct cgroup_controller *c, struct span path);

/* Moves a group, and the tasks in it. */
int move_step(struct move *m, const struct move_step *s, struct error *err);

/* ---- move_from.c ---- */

/* The groups that the wish is about in that controller; s->alone goes with them. */
int move_find_olds(const struct move *m, struct move_step *s, struct move_olds *olds,
		   struct error *err);

/* The root task's own group: what its cgroup namespace hides, or all of it. A task in
 * the root goes alone. */
int move_old_of_root_task(const struct move *m, struct move_step *s, struct error *err);

/* The nearest group that all tasks are in or below. */
struct span move_common_path(const struct move *m, const struct cgroup_controller *c);

/* ---- move_runtime.c ---- */

/* The group that the runtime has made for what it restores is that of the container:
 * puts it there, or leaves it where criu does or where none was made. */
int move_to_runtime(struct move *m, struct cgroup_controller *c, struct error *err);

#endif
