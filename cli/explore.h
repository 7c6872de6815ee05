/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the views of `criu-rewrite x` share. A view prints while it goes through
 * the images, which it does not keep.
 */
#ifndef CRW_EXPLORE_H
#define CRW_EXPLORE_H

#include "names.h"

struct task {
	uint32_t pid, ppid, pgid, sid;
	uint32_t at; /* in pstree.img */
};

struct explorer {
	struct crw *crw;
	int dir;
	struct names names;
	struct task *tasks;
	size_t task_count, task_room;
	void *shared; /* a tree of numbers for shared mappings, tsearch(3) */
	uint64_t shared_count;
	enum status status;
	bool json;
	size_t printed; /* elements of the list in JSON */
};

/* An image that is gone through. */
struct explored {
	struct explorer *x;
	struct crw_reader *reader; /* NULL: there is none */
	char name[64];
};

/* Opens the image of that name. Complains of what is wrong with it, but not when
 * there is none: *image is to be closed in any case. */
void explore_open(struct explorer *x, struct explored *image, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* False at the end, of what is wrong with it, too, and when nobody reads what is
 * printed. */
bool explore_next(struct explored *image, struct crw_message *entry);
void explore_close(struct explored *image);

/* The first entry of KIND-ID.img; *image is to be closed in any case. */
bool explore_first(struct explorer *x, const char *kind, uint64_t id, struct explored *image,
		   struct crw_message *entry);

/* Prints the name of a file. */
void explore_name(struct explorer *x, enum name_kind kind, uint64_t id);
/* The same as JSON. */
json_t *explore_name_json(struct explorer *x, enum name_kind kind, uint64_t id);
/* A number as people write addresses: "7ffd1000". */
json_t *explore_hex_json(uint64_t number);
/* Adds what a task has to a list. */
void explore_add(struct explorer *x, json_t *list, json_t *item);
/* Prints what there is to say of a task, as one element. */
void explore_print(struct explorer *x, json_t *task);

/* ---- the views ------------------------------------------------------------ */

/* Of all tasks: */
void explore_ps(struct explorer *x);
/* Of one: */
void explore_fds(struct explorer *x, const struct task *task);
void explore_mems(struct explorer *x, const struct task *task);
void explore_rss(struct explorer *x, const struct task *task);

#endif
