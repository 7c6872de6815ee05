/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the views of `criu-rewrite x` share. A view prints piece by piece while
 * it goes through the images, which it does not keep. When it comes to a name
 * that has not been looked up it prints no more, but goes on for a while to
 * learn what else will be needed; then all of that is looked up at once, and
 * the view goes through the task's images again to print the rest. So a piece
 * has one name at most, and is always the same.
 */
#ifndef CRW_EXPLORE_H
#define CRW_EXPLORE_H

#include "names.h"

struct task {
	uint32_t pid, ppid, pgid, sid;
	uint32_t at; /* in pstree.img */
};

struct mapping {
	uint64_t start, end, file;
	bool is_file;
};

struct explorer {
	struct entries images;
	struct names names;
	struct task *tasks;
	size_t task_count, task_room;
	struct mapping *mappings; /* of one task, for its pages */
	size_t mapping_count, mapping_room;
	struct id_map shared;      /* numbers for shared mappings */
	uint64_t piece, printed;   /* of this task's output, so far */
	bool waiting;              /* for a name */
	enum status status;
};

/* Is it the turn of the next piece? Not when it has been printed already, nor
 * when a name is missing. */
bool explore_turn(struct explorer *x);
/* The same for a piece with a name; NULL when it is not its turn. */
const char *explore_turn_name(struct explorer *x, enum name_kind kind, uint64_t id);
/* No need to go on: it waits, and no more names can be asked for. */
bool explore_is_over(const struct explorer *x);

/* entries_each() of KIND-ID.img, with its complaints. Returns whether there is
 * such an image. */
bool explore_each(struct explorer *x, const char *kind, uint64_t id, const char *list,
		  object_sink each, void *arg);
/* A number of the first entry; false: there is none. */
bool explore_number(struct explorer *x, const char *kind, uint64_t id, const char *member,
		    uint64_t *number);
/* The array with room for one more behind `count`. NULL, and the status is an
 * error, without memory. */
void *explore_grow(struct explorer *x, void *array, size_t count, size_t *room, size_t size);

/* ---- the views ------------------------------------------------------------ */

/* Of all tasks: */
void explore_ps(struct explorer *x);
/* Of one: */
void explore_fds(struct explorer *x, const struct task *task);
void explore_mems(struct explorer *x, const struct task *task);
void explore_rss(struct explorer *x, const struct task *task);

#endif
