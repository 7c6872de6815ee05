/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes cgroups on this host before CRIU restores tasks into them, and takes
 * back what it made when the restore fails.
 *
 * Every group that is made carries a mark until the restore has succeeded: an
 * extended attribute with the process that made it. Groups of a process that
 * was killed are known by it, and the next restore uses them as if it had
 * made them. Groups without the mark are never removed.
 */
#ifndef CRW_CGROUP_CREATE_H
#define CRW_CGROUP_CREATE_H

#include <sys/types.h>

#include "../../proto/bytes.h"
#include "../../proto/error.h"

struct cgroup_owner {
	bool known;
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

enum cgroup_when {
	CGROUP_NOW,    /* before CRIU comes to the groups */
	CGROUP_LATE,   /* when its tasks are in them (prepare_deferred.h) */
	CGROUP_END,    /* when criu has ended, which is in them */
	CGROUP_AFTER,  /* when criu has ended and the runtime is done with the tasks (after.h) */
	CGROUP_FAILED, /* when the restore has failed (former.h) */
};

/* One thing to do, in the order of the list. */
struct cgroup_step {
	struct cgroup_step *next;
	enum {
		CGROUP_MAKE,  /* the group itself, with its owner */
		CGROUP_WRITE, /* a value to a file, with the owner of the file */
		CGROUP_OWN,   /* the owner of a file alone */
		CGROUP_CLEAR, /* the group hands nothing on any more: "-memory -pids " */
	} type;
	const char *name;  /* for people: "v2:/ct" */
	const char *label; /* of its hierarchy: "v2" */
	const char *group; /* in it, on this host: "/ct" */
	const char *path;  /* of the group, below the root: "sys/fs/cgroup/ct" */
	const char *file;  /* of WRITE and OWN */
	const char *value;
	struct cgroup_owner owner;
	enum cgroup_when when;
	bool again; /* gives back what CGROUP_CLEAR has taken, whether the restore succeeds or not */
	struct cgroup_step *on_before; /* what was switched on before this was */
};

#define CGROUP_MARK_MAX 64

/* What was made, for as long as it may have to be taken back. Zero-initialise
 * before use. */
struct cgroup_created {
	int root;
	struct buffer paths;        /* each with its NUL */
	struct buffer cleared;      /* likewise: groups of the host that are */
	char mark[CGROUP_MARK_MAX]; /* what the groups carry as long */
	struct arena arena;         /* of what is to be done later */
	struct cgroup_step *later, **later_end;
	struct cgroup_step *on; /* the last of what was switched on later */
	const char *blocked;    /* the group that could not hand on what those below need */
	const char *left;       /* where this process was before it made room (late.h) */
};

/* Does it make a group hand a controller on? */
bool cgroup_step_hands_on(const struct cgroup_step *step);
/* Does it stop the tasks of a group? */
bool cgroup_step_freezes(const struct cgroup_step *step);

typedef void cgroup_note(void *ctx, const char *text);
cgroup_note cgroup_no_note; /* for nobody */

/*
 * Does all steps below the descriptor `root`, and remembers those that are for
 * later. -1 when a group cannot be made; everything is taken back then. `note` gets
 * a line for each value that this kernel does not know or refuses. The result is to
 * be kept or removed.
 */
int cgroup_create(const struct cgroup_step *steps, int root, struct cgroup_created *made,
		  cgroup_note *note, void *ctx, struct error *err);

/* Writes a value of several lines, as the kernel takes them: one by one. */
int cgroup_write_lines(int fd, const char *value);

/* Writes a value. What fails is a line for `note`; so is a group that cannot hand on,
 * and what is below it is left out from then on. Was it written? */
bool cgroup_created_write(struct cgroup_created *made, const struct cgroup_step *step,
			  cgroup_note *note, void *ctx);

/* Is anything to be done with it unless the restore fails? If not, its root may be closed, and
 * opened again before cgroup_created_remove(). */
bool cgroup_created_is_busy(const struct cgroup_created *made);

/* The restore has succeeded: the groups are like any other now. */
void cgroup_created_keep(struct cgroup_created *made);

/*
 * Removes the groups, and before that what was switched on later (late.h). Tasks that were killed take a moment to leave them, which
 * is waited for, but not for long: -1 with err when some had to stay.
 */
int cgroup_created_remove(struct cgroup_created *made, struct error *err);

/* Was the group made by a process that is no more, and never taken back? */
bool cgroup_is_left_over(int root, const char *path);

#endif
