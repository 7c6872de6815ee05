/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A checkpoint: the images of one directory, read when they are asked for.
 * What is read is a copy, since the owner of a checkpoint may change it while
 * it is looked at; it is what rules change.
 */
#ifndef CRW_CHECKPOINT_H
#define CRW_CHECKPOINT_H

#include <dirent.h>
#include <sys/stat.h>

#include "../proto/image.h"
#include "../rules/value.h"

#define CHECKPOINT_FILES_MAX 1000000

struct checkpoint_image {
	const char *file;
	const struct image_kind *kind;
	struct content content; /* as it is now; empty until read */
	struct content output;  /* the same of a raw image that was changed, as it is written */
	bool numbered;          /* its name has a number: 7 of core-7.img */
	number_t number;
	bool read;
	bool changed;
	bool added; /* there is no such file in the directory */
};

struct checkpoint {
	struct arena arena;
	int dir;              /* borrowed */
	struct buffer images; /* of struct checkpoint_image *, those found so far */
	bool listed;          /* the directory was read */
	size_t first;         /* of the kind that was asked for last */
	uint64_t limit_image;
	uint64_t limit_memory;
	uint64_t held; /* bytes of images */
};

void checkpoint_init(struct checkpoint *c, int dir, uint64_t limit_image, uint64_t limit_memory);
void checkpoint_free(struct checkpoint *c);

/* Opens an image file, which is no link, for reading; on -1 errno says why, too. */
int checkpoint_open_file(int dir, const char *file, struct error *err);

/* What fstat(2) says of an open file, which must be a regular one. */
int checkpoint_stat_file(int fd, struct stat *st, struct error *err);

/* Gives each file of an image directory to `take`, in no order, until it fails. */
typedef int (*checkpoint_file_taker)(void *arg, const struct dirent *entry, struct error *err);
int checkpoint_each_file(int dir, checkpoint_file_taker take, void *arg, struct error *err);

/* Is it called as images are, also those of kinds to come? */
bool checkpoint_is_image_name(const char *name);

/* The images that were found so far. */
static inline size_t checkpoint_count(const struct checkpoint *c)
{
	return c->images.size / sizeof(struct checkpoint_image *);
}

static inline struct checkpoint_image *checkpoint_at(const struct checkpoint *c, size_t index)
{
	return ((struct checkpoint_image *const *)(void *)c->images.data)[index];
}

/* The index-th image of a kind: 1, 0 when there are no more, -1. Reads the
 * directory only for kinds that have an id in their name. */
int checkpoint_find(struct checkpoint *c, const struct image_kind *kind, size_t index,
		    struct checkpoint_image **image, struct error *err);

/* The index of the next one, from *index on, whose name has this number. */
int checkpoint_find_numbered(struct checkpoint *c, const struct image_kind *kind, number_t number,
			     size_t *index, struct error *err);

/* The image in this file, of those that were found so far; NULL. */
struct checkpoint_image *checkpoint_named(struct checkpoint *c, const char *file);

/* Reads the content, once. */
int checkpoint_read(struct checkpoint *c, struct checkpoint_image *image, struct error *err);

/* The content, from the first entry on. */
int checkpoint_entries(struct checkpoint *c, struct checkpoint_image *image, struct image *entries,
		       struct error *err);

/* Takes the content out of *fresh. -1 also when a raw image cannot say it. */
int checkpoint_update(struct checkpoint *c, struct checkpoint_image *image, struct content *fresh,
		      struct error *err);

/* Is there such a file, in the directory or by checkpoint_put()? 1, 0, -1. */
int checkpoint_has(const struct checkpoint *c, const char *file, struct error *err);

/* Is that the content of the file, in the directory or by checkpoint_put()? */
bool checkpoint_is(const struct checkpoint *c, const char *file, struct span content);

/* Takes the content out of *fresh for the file of that name, which need not be there. It is
 * of a kind that has no entries. */
int checkpoint_put(struct checkpoint *c, const char *file, struct content *fresh,
		   struct error *err);

/* What stands in the file of an image that was changed. */
struct content *checkpoint_written(struct checkpoint_image *image);

/* Forgets what was read and changed. */
void checkpoint_revert(struct checkpoint *c);

#endif
