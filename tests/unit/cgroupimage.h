/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A cgroup.img of the test's own, in a directory of the test's own.
 *
 *	cgroupimage_begin();
 *	cgroupimage_controller("cpuset", "ct ct.cpuset.cpus=0-3 ct/in");
 *	cgroupimage_set("cpuset", "/ct/in");
 *	cgroupimage_write(dir);
 *
 * The groups of a controller are words: "ct" is a top-level one, "ct/in" a
 * child of the "ct" that came before it, "ct.NAME=VALUE" a property ('_' in
 * the value stands for a blank). "/" is the root.
 */
#ifndef CRW_CGROUPIMAGE_H
#define CRW_CGROUPIMAGE_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../plugin/cgroup/fields.h"
#include "../../proto/image.h"

static struct buffer cgroupimage_sets, cgroupimage_controllers;

static inline void cgroupimage_begin(void)
{
	buffer_clear(&cgroupimage_sets);
	buffer_clear(&cgroupimage_controllers);
}

static inline struct span cgroupimage_word(const char *words, size_t at)
{
	while (at--)
		words += strcspn(words, " ") + (words[strcspn(words, " ")] != 0);
	return span_of(words, strcspn(words, " "));
}

static inline void cgroupimage_property(struct buffer *out, struct span text)
{
	const uint8_t *equals = memchr(text.data, '=', text.size);
	size_t name = (size_t)(equals - text.data);
	struct buffer p = { 0 };

	wire_put_bytes(&p, CGROUP_PROP_NAME, span_of(text.data, name));
	wire_put_bytes(&p, CGROUP_PROP_VALUE, span_of(equals + 1, text.size - name - 1));
	for (size_t i = 0; i < p.size; i++)
		if (p.data[i] == '_' && i > name)
			p.data[i] = ' ';
	wire_put_bytes(out, CGROUP_DIR_PROPERTIES, buffer_span(&p));
	buffer_free(&p);
}

/* Is the word below the group: "ct/in" below "ct", and a child of it? */
static inline bool cgroupimage_below(struct span word, struct span group)
{
	return word.size > group.size + 1 && memcmp(word.data, group.data, group.size) == 0 &&
	       word.data[group.size] == '/';
}

/* Appends the group of word *at and all that belongs to it. */
static inline void cgroupimage_group(struct buffer *out, unsigned field, const char *words,
				     size_t *at, size_t name_at)
{
	struct span group = cgroupimage_word(words, (*at)++), word;
	struct buffer b = { 0 };

	wire_put_bytes(&b, CGROUP_DIR_NAME,
		       span_is(group, "/") ? span_of("", 0) :
					     span_of(group.data + name_at, group.size - name_at));
	while ((word = cgroupimage_word(words, *at)).size) {
		if (cgroupimage_below(word, group)) {
			cgroupimage_group(&b, CGROUP_DIR_CHILDREN, words, at, group.size + 1);
		} else if (word.size > group.size && word.data[group.size] == '.' &&
			   memcmp(word.data, group.data, group.size) == 0) {
			cgroupimage_property(&b, span_of(word.data + group.size + 1,
							 word.size - group.size - 1));
			++*at;
		} else {
			break;
		}
	}
	wire_put_bytes(out, field, buffer_span(&b));
	buffer_free(&b);
}

/* `names` as in the yard: "cpu,cpuacct"; "" for v2. */
static inline void cgroupimage_controller(const char *names, const char *words)
{
	struct buffer b = { 0 };
	size_t at = 0;

	do {
		size_t size = strcspn(names, ",");

		wire_put_bytes(&b, CG_CONTROLLER_CNAMES, span_of(names, size));
		names += size + (names[size] != 0);
	} while (*names);
	while (cgroupimage_word(words, at).size)
		cgroupimage_group(&b, CG_CONTROLLER_DIRS, words, &at, 0);
	wire_put_bytes(&cgroupimage_controllers, CGROUP_ENTRY_CONTROLLERS, buffer_span(&b));
	buffer_free(&b);
}

/* A set with one member, in a cgroup namespace whose root is the first `prefix` bytes of its
 * path; 0: in none. */
static inline void cgroupimage_set_in(const char *name, const char *path, uint64_t prefix)
{
	struct buffer member = { 0 }, set = { 0 };

	wire_put_bytes(&member, CG_MEMBER_NAME, span_text(name));
	wire_put_bytes(&member, CG_MEMBER_PATH, span_text(path));
	if (prefix)
		wire_put_scalar(&member, CG_MEMBER_CGNS_PREFIX, WIRE_VARINT, prefix);
	wire_put_scalar(&set, CG_SET_ID, WIRE_VARINT, 1);
	wire_put_bytes(&set, CG_SET_CTLS, buffer_span(&member));
	wire_put_bytes(&cgroupimage_sets, CGROUP_ENTRY_SETS, buffer_span(&set));
	buffer_free(&member);
	buffer_free(&set);
}

static inline void cgroupimage_set(const char *name, const char *path)
{
	cgroupimage_set_in(name, path, 0);
}

/* The entry itself, without the file around it. */
static inline void cgroupimage_entry(struct buffer *out)
{
	buffer_append(out, buffer_span(&cgroupimage_sets));
	buffer_append(out, buffer_span(&cgroupimage_controllers));
}

/* The file, of entries that image_put() has put into it, which is freed. */
static inline void cgroupimage_write_file(int dir, struct buffer *file)
{
	int fd = openat(dir, "cgroup.img", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, file->data, file->size) != (ssize_t)file->size)
		abort();
	close(fd);
	buffer_free(file);
}

static inline void cgroupimage_write(int dir)
{
	struct buffer entry = { 0 }, file = { 0 };

	cgroupimage_entry(&entry);
	image_begin(&file, kind_named("cgroup", 6));
	image_put(&file, buffer_span(&entry));
	buffer_free(&entry);
	cgroupimage_write_file(dir, &file);
}

#endif
