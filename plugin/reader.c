/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Images entry by entry, for the public header. Of an image a copy is read,
 * which is mapped when it is big.
 */
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../proto/file.h"
#include "../proto/raw.h"
#include "context.h"
#include "entry_index.h"
#include "field.h"

struct crw_reader {
	struct crw *crw;
	struct content content;
	struct image image; /* what crw_reader_next() has not given yet */
	struct image start; /* all of it */
	struct entry_index index;
};

/* The magic tells, and where there is none, the name; NULL: neither does. */
static const struct image_kind *raw_kind(const char *name, struct span file)
{
	const struct image_kind *by_name = name ? kind_of_file(name, NULL) : NULL;
	const struct image_kind *by_magic = raw_kind_of_magic(file);

	if (by_name && by_name->raw != RAW_NOT &&
	    (!by_name->raw_magic || !by_magic || by_name->raw_magic == by_magic->raw_magic))
		return by_name;
	return by_magic;
}

int reader_open_image(const char *name, int fd, struct content *content, struct image *image,
		      struct error *err)
{
	const struct image_kind *kind;

	if (content_open(content, fd, IMAGE_SIZE_MAX, err) < 0)
		return -1;
	kind = raw_kind(name, content->bytes);
	if ((kind && raw_expand(kind, content, err) < 0) ||
	    image_open(image, kind, content->bytes, err) < 0)
		return -1;
	image->content = content;
	return 0;
}

void crw_image_named(struct crw *crw, const char *name)
{
	crw->image_name = name;
}

const char *reader_take_name(struct crw *crw)
{
	const char *name = crw->image_name;

	crw->image_name = NULL;
	return name;
}

int crw_reader_open(struct crw *crw, int image_fd, struct crw_reader **reader)
{
	struct crw_reader *r = calloc(1, sizeof(*r));
	const char *name = reader_take_name(crw);

	*reader = NULL;
	if (!r)
		return fail_memory(&crw->err);
	r->crw = crw;
	if (reader_open_image(name, image_fd, &r->content, &r->image, &crw->err) < 0) {
		crw_reader_close(r);
		return -1;
	}
	r->start = r->image;
	r->start.content = NULL; /* it is gone through in any order */
	*reader = r;
	return 1;
}

int crw_reader_open_at(struct crw *crw, int dir_fd, const char *name, struct crw_reader **reader)
{
	cleanup_close int fd = checkpoint_open_file(dir_fd, name, &crw->err);

	struct stat st;

	*reader = NULL;
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (checkpoint_stat_file(fd, &st, &crw->err) < 0)
		return -1;
	context_progress(crw, name);
	crw_image_named(crw, name);
	return crw_reader_open(crw, fd, reader);
}

static struct checkpoint_image *find_changed(const struct crw *crw, const char *name)
{
	struct checkpoint_image *image = NULL;

	for (size_t i = 0; (image = crw_changed_image(crw, i)); i++)
		if (strcmp(image->file, name) == 0)
			break;
	return image;
}

int reader_open_current(struct crw *crw, const char *name, struct crw_reader **reader)
{
	const struct checkpoint_image *changed = find_changed(crw, name);
	struct crw_reader *r;

	if (!changed)
		return crw_reader_open_at(crw, crw->checkpoint.dir, name, reader);
	*reader = r = calloc(1, sizeof(*r));
	if (!r)
		return fail_memory(&crw->err);
	r->crw = crw;
	if (image_open(&r->image, changed->kind, changed->content.bytes, &crw->err) < 0)
		return -1;
	r->start = r->image;
	return 1;
}

void crw_reader_close(struct crw_reader *reader)
{
	if (!reader)
		return;
	entry_index_free(&reader->index);
	content_free(&reader->content);
	free(reader);
}

const char *crw_reader_magic(const struct crw_reader *reader)
{
	return reader->image.kind->magic_name;
}

static int give_entry(struct crw_message *message, const struct image_entry *entry,
		      struct error *err)
{
	field_message_init(message, entry->type, entry->body);
	message->payload = entry->payload.size;
	if (message_validate(entry->type, entry->body, err) < 0)
		return error_context(err, "entry %zu", entry->index);
	return 1;
}

int crw_reader_next(struct crw_reader *reader, struct crw_message *entry)
{
	struct image_entry next;
	int more = image_next(&reader->image, &next, &reader->crw->err);

	return more > 0 ? give_entry(entry, &next, &reader->crw->err) : more;
}

int crw_reader_find(struct crw_reader *reader, const char *path, uint64_t number,
		    struct crw_message *entry)
{
	struct error *err = &reader->crw->err;
	struct image_entry found;
	int status = 1;

	if (!entry_index_is_of(&reader->index, path))
		status = entry_index_build(&reader->index, &reader->start, path, err);
	if (status > 0)
		status = entry_index_find(&reader->index, &reader->start, number, &found, err);
	return status > 0 ? give_entry(entry, &found, err) : status;
}

const char *crw_image_kind(const char *file, bool *is_raw)
{
	const struct image_kind *kind = kind_of_file(file, NULL);

	*is_raw = kind && !kind->magic;
	return kind ? kind->name : NULL;
}

static int count_entries(struct image *image, size_t *count, struct error *err)
{
	struct image_entry entry;
	int more;

	for (*count = 0; (more = image_next(image, &entry, err)) > 0; (*count)++)
		;
	if (image->kind->head && image->kind->payload == PAYLOAD_NONE && *count > 0)
		(*count)--;
	return more;
}

int crw_info(struct crw *crw, int image_fd, struct crw_image_info *info)
{
	struct content content = { .size = 0 };
	struct image image;
	int status = reader_open_image(reader_take_name(crw), image_fd, &content, &image,
				       &crw->err);

	if (status == 0)
		status = count_entries(&image, &info->count, &crw->err);
	if (status == 0)
		info->magic = image.kind->magic_name;
	content_free(&content);
	return status;
}
