/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the verb `prepare` share: prepare.c walks the groups,
 * prepare_value.c plans their values, prepare_step.c what groups
 * hand on and the steps themselves. settle.c walks them as well.
 */
#ifndef CRW_CGROUP_PREPARE_INNER_H
#define CRW_CGROUP_PREPARE_INNER_H

#include "../context.h"
#include "create.h"
#include "place.h"

#define PREPARE_HANDED_MAX 64 /* controllers of v2, of which there are a dozen */

/* A group on the way from the root, as it will be. */
struct prepare_node {
	struct prepare_node *next; /* of the ancestors of top-level groups */
	struct prepare_node *parent;
	const char *path;  /* in the hierarchy */
	const char *host;  /* below the root of the host */
	const char *image; /* as the checkpoint calls it; NULL: it does not */
	bool here;         /* on this host, and not ours to touch */
	bool hidden;       /* not to be seen from here */
	enum { TASKS_UNKNOWN, TASKS_NONE, TASKS_SOME } tasks; /* that stay in it */
	struct span handed[PREPARE_HANDED_MAX];
	size_t handed_count;
};

struct prepare {
	struct rules_call *call;
	struct crw *crw;
	struct arena *arena; /* of the statement */
	const struct cgroup_host *host;
	const struct cgroup_hierarchy *hierarchy;
	struct raw_controller controller;
	const char *label;          /* of it, for people */
	struct prepare_node *above; /* ancestors of top-level groups */
	size_t groups, paths;
	bool makes;  /* groups; else it looks at them only */
	bool all;    /* those of v1 too */
	bool clears; /* roots of cgroup namespaces (prepare_clear.c) */
	/* Called for each group of the image, which is entered in the patch: before the
	 * groups below it, and after them. */
	int (*visit)(struct prepare *p, struct prepare_node *n, const struct raw_group *g,
		     bool after, struct error *err);
};

/* ---- prepare.c ---- */

/* Visits the groups of each hierarchy from the top down. */
int prepare_walk(struct prepare *p, struct error *err);

/* ---- prepare_clear.c ---- */

/* For the controller entry of v2: plans that roots of cgroup namespaces hand nothing on
 * until the tasks have passed through them. */
int prepare_clear(struct prepare *p, struct error *err);
/* Is that planned for the group? */
bool prepare_is_cleared(const struct crw *crw, const char *group);

/* ---- prepare_step.c ---- */

/* Tells of a change to the group on the host. */
int prepare_tell(struct prepare *p, const struct prepare_node *n, struct change change,
		 struct error *err);
/* Adds the step; of one that writes a value, prepare_write() tells as well. */
int prepare_step(struct prepare *p, const struct prepare_node *n, struct cgroup_step step,
		 struct error *err);
int prepare_write(struct prepare *p, const struct prepare_node *n, struct cgroup_step step,
		  const char *note, struct error *err);

/* Takes the next word off a list as the kernel writes it; empty at the end. */
struct span prepare_next_word(const char **list);

/* "memory" of "memory.max"; empty for what every group has. */
struct span prepare_controller(struct span name);

/* What a group of the host hands on already, "memory pids"; "" too when it is not there. */
int prepare_handed_line(struct prepare *p, const struct prepare_node *n, const char **line,
			struct error *err);
/* Notes that it hands the controller on, if that is not known yet. */
void prepare_note_handed(struct prepare_node *n, struct span controller);
bool prepare_hands_on(const struct prepare_node *n, struct span controller);
/* Notes all of that. */
int prepare_read_handed(struct prepare *p, struct prepare_node *n, struct error *err);
/* The first group from this one up that would have to hand the controller on and
 * cannot, since tasks stay in it: 1, 0 when there is none, -1. */
int prepare_blocked(struct prepare *p, struct prepare_node *n, struct span controller,
		    const struct prepare_node **by, struct error *err);
/* Plans that the group hands the controller on, and all above it. */
int prepare_hand_on(struct prepare *p, struct prepare_node *n, struct span controller,
		    struct error *err);
/* Does this host's v2 have the controller at all? 1, 0, -1. */
int prepare_host_has(struct prepare *p, const struct prepare_node *n, struct span controller,
		     struct error *err);

/* ---- prepare_value.c ---- */

/* Tells of a value that the group cannot have, and why. */
int prepare_drop(struct prepare *p, const struct prepare_node *n,
		 const struct raw_property *property, const char *why, struct error *err);
/* Plans the properties of the group whose message is entered in the patch: those
 * that go before its children, or those that go after them. */
int prepare_values(struct prepare *p, struct prepare_node *n, struct span body, bool late,
		   struct error *err);

#endif
