/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup.img as a tree in memory, for verbs that change its structure.
 *
 *	struct cgroup_tree tree;
 *
 *	cgroup_tree_read(&tree, call->arena, call->body, err);
 *	... change it ...
 *	cgroup_tree_put(&tree, call, err);		check, write, patch
 *
 * Everything lives in the arena or, unchanged, in the bytes that were read,
 * which must outlive the tree. Fields that nobody here knows are kept as raw
 * bytes and written back. Lists keep the order of the image.
 *
 * A group is one part of a path. CRIU's dir_name may hold several ("ct/in");
 * reading splits it, and the groups that the image does not describe ("ct")
 * are `implied`: they have no properties and no permissions. Writing joins
 * the names again, so that CRIU goes on making them bare when they are missing
 * and leaving them alone when not. The root of a controller is implied unless
 * the image has a group with the empty name.
 */
#ifndef CRW_CGROUP_TREE_H
#define CRW_CGROUP_TREE_H

#include "../../rules/rules.h"
#include "controller.h"
#include "place.h"

#define CGROUP_NODES_MAX 4000000    /* sets, members, controllers, groups, properties */
#define CGROUP_SEARCH_MAX 200000000 /* comparisons to find those above "ct/in", and members */
#define CGROUP_CONTROLLERS_MAX 256  /* also of one set */

struct cgroup_property {
	struct cgroup_property *next;
	struct span name, value;
	struct span rest; /* raw fields: perms and what is unknown */
};

struct cgroup_group {
	struct cgroup_group *parent, *next, *children, *last;
	struct span name; /* one part; empty for the root */
	struct cgroup_property *properties;
	struct span rest; /* raw fields: dir_perms and what is unknown */
	bool implied;
	bool marked, busy, below_busy; /* the verb's own */
	bool mixed;                    /* implied groups are or were among the children */
};

struct cgroup_controller {
	struct cgroup_controller *next;
	struct span *names; /* "cpu", "cpuacct"; "" for v2 */
	size_t name_count;
	struct cgroup_group root; /* has no parent */
	int threaded;             /* 0, 1, -1: not there */
	struct span rest;
};

struct cgroup_member {
	struct cgroup_member *next;
	struct span name; /* as in /proc/PID/cgroup: "cpu,cpuacct" */
	struct span path; /* "/ct/in" */
	uint64_t prefix;  /* bytes of path that the cgroup namespace hides; 0: none */
	struct span rest;
};

struct cgroup_set {
	struct cgroup_set *next;
	uint32_t id;
	struct cgroup_member *members;
	struct span rest;
};

struct cgroup_index;

struct cgroup_tree {
	struct arena *arena;
	struct cgroup_set *sets;
	struct cgroup_controller *controllers;
	struct span rest;
	struct span body; /* that was read */
	size_t nodes, searched, paths;
};

int cgroup_tree_read(struct cgroup_tree *t, struct arena *arena, struct span body,
		     struct error *err);

/* Behind what `out` holds, in the order of the field numbers, which is that of
 * CRIU. */
int cgroup_tree_write(const struct cgroup_tree *t, struct buffer *out, struct error *err);

/*
 * What CRIU relies on but does not check, or checks too late: every member has
 * its controller entry, every name is sane and there once, every cgns_prefix
 * ends a part of its path. -1 with the set, controller or group and the remedy.
 */
int cgroup_tree_check(const struct cgroup_tree *t, struct error *err);
/* Only that no name is in two entries. */
int cgroup_tree_check_names(const struct cgroup_tree *t, struct error *err);
/* Every set has the same controllers, as CRIU makes them. Tasks of a set that lacks
 * one stay in that hierarchy where CRIU is; a rule may want it, no verb does. */
int cgroup_tree_check_alike(const struct cgroup_tree *t, struct error *err);

/* Checks and writes the tree in place of the whole message of the call. */
int cgroup_tree_put(const struct cgroup_tree *t, const struct rules_call *call, struct error *err);

/* ---- controllers and members ---- */

/* The entry that holds this one name ("cpu", "" for v2); NULL. */
struct cgroup_controller *cgroup_tree_controller(const struct cgroup_tree *t, struct span name);
bool cgroup_controller_has(const struct cgroup_controller *c, struct span name);
/* As CRIU decides it: all names of the controller are among the member's. */
bool cgroup_controller_holds(const struct cgroup_controller *c, const struct cgroup_member *m);
/* The same in a verb that asks it of each with each: 1, 0, -1: too many. */
int cgroup_tree_holds(struct cgroup_tree *t, const struct cgroup_controller *c,
		      const struct cgroup_member *m, struct error *err);
/* The controller entry of a member; NULL. */
struct cgroup_controller *cgroup_tree_controller_of(const struct cgroup_tree *t,
						    const struct cgroup_member *m);
/* Appends one without groups; names are borrowed. NULL: no memory. */
struct cgroup_controller *cgroup_tree_add_controller(struct cgroup_tree *t,
						     const struct span *names, size_t count);

/* ---- groups and properties ---- */

/* By path from the root of the hierarchy ("/ct/in", "/"); implied ones too. */
struct cgroup_group *cgroup_group_find(struct cgroup_controller *c, struct span path);
struct cgroup_group *cgroup_group_child(const struct cgroup_group *g, struct span name);
/* As find, but makes what is missing, implied. NULL: no memory. The index (below) gets what
 * is made. */
struct cgroup_group *cgroup_group_make(struct cgroup_tree *t, struct cgroup_index *index,
				       struct cgroup_controller *c, struct span path);
/* Takes the group out of the tree and returns it, without the list it was in;
 * implied ancestors that it leaves empty go too. NULL when there is none; the
 * root cannot be taken. */
struct cgroup_group *cgroup_group_take(struct cgroup_controller *c, struct span path);
/* Copies what is below and in a group, with the properties that are wanted, to
 * an empty one. -1: no memory, or more than CGROUP_NODES_MAX. */
typedef bool cgroup_chooser(const void *ctx, const struct cgroup_property *p);
int cgroup_group_copy(struct cgroup_tree *t, struct cgroup_group *to,
		      const struct cgroup_group *from, cgroup_chooser *wanted, const void *ctx);
/*
 * Unites `from` with `into`: properties and permissions of `into` win, children
 * are united in turn. `from` is used up; its name does not matter.
 */
void cgroup_group_unite(struct cgroup_group *into, struct cgroup_group *from);
/* Moves a group that is in no list to the end of the children. */
void cgroup_group_append(struct cgroup_group *parent, struct cgroup_group *child);

/* ---- many groups (tree_index.c) ---- */

/*
 * Groups by parent and name, so that finding each of many is no walk, whatever their names
 * are. Zero-initialise; NULL or walks: there is none, and it is a walk. So it is when there
 * is no memory for it.
 */
struct cgroup_index {
	void *root;
	bool walks;
};
void cgroup_index_add(struct cgroup_index *index, struct cgroup_group *g);
void cgroup_index_add_below(struct cgroup_index *index, const struct cgroup_group *g);
/* Everything that is in `parent` was added. NULL: it has none of that name. */
struct cgroup_group *cgroup_index_child(const struct cgroup_index *index,
					struct cgroup_group *parent, struct span name);
void cgroup_index_free(struct cgroup_index *index);

struct cgroup_property *cgroup_group_property(const struct cgroup_group *g, const char *name);
/* Sets the value, in place or as a new property without permissions at the end;
 * a group that was implied is described from now on. NULL: no memory. */
struct cgroup_property *cgroup_group_set(struct cgroup_tree *t, struct cgroup_group *g,
					 const char *name, struct span value);

#endif
