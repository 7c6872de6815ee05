/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What criu-rewrite is measured against: the same one field set in every entry
 * of an image, by as little as it takes.
 *
 * usage: peer wire|protobuf-c KIND IN OUT
 *
 * wire: a scan over the bytes that knows field numbers, and a splice; it checks
 * nothing and would take any other image to pieces. protobuf-c: unpack, edit,
 * pack, by generated code.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/criu.pb-c.h"

struct text {
	const uint8_t *at, *end;
};

struct output {
	uint8_t *data;
	size_t size;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct text read_whole(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	uint8_t *data;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(path);
	data = malloc((size_t)st.st_size);
	if (!data || read(fd, data, (size_t)st.st_size) != st.st_size)
		die(path);
	close(fd);
	return (struct text){ data, data + st.st_size };
}

static void write_whole(const char *path, const struct output *out)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, out->data, out->size) != (ssize_t)out->size)
		die(path);
	close(fd);
}

static void put(struct output *out, const void *data, size_t size)
{
	memcpy(out->data + out->size, data, size);
	out->size += size;
}

/* ---- on the wire ------------------------------------------------------------- */

/* Where the field to set is: the numbers of the messages around it, its own
 * number, and its value as it stands on the wire. */
struct job {
	const char *kind;
	int skip;         /* entries at the beginning that stay */
	uint32_t path[4]; /* 0: the end */
	uint32_t again;   /* a field of path[1]'s messages that holds more of them */
	const char *only; /* of messages whose field 1 is this text */
	uint32_t field;
	const char *value;
	size_t value_size;
};

static const struct job jobs[] = {
	{ "cgroup", 0, { 2, 2, 3 }, 2, "cpuset.cpus", 2, "\0030-1", 4 },
	{ "files", 0, { 3 }, 0, NULL, 3, "\7", 1 },
	{ "mm", 0, { 14 }, 0, NULL, 3, "\7", 1 },
	{ "pagemap", 1, { 0 }, 0, NULL, 4, "\5", 1 },
};

static uint64_t varint(struct text *t)
{
	uint64_t value = 0;

	for (unsigned shift = 0;; shift += 7) {
		uint8_t byte = *t->at++;

		value |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return value;
	}
}

static size_t put_varint(uint8_t *at, uint64_t value)
{
	size_t n = 0;

	for (; value > 127; value >>= 7)
		at[n++] = (uint8_t)(value | 128);
	at[n++] = (uint8_t)value;
	return n;
}

static bool is_wanted(const struct job *job, struct text body)
{
	size_t size = job->only ? strlen(job->only) : 0;

	return !job->only || ((size_t)(body.end - body.at) > size + 2 && body.at[1] == size &&
			      memcmp(body.at + 2, job->only, size) == 0);
}

static void rewrite(const struct job *job, struct text body, unsigned depth, struct output *out);

/* A message inside, its length in front: room for one byte is left, as most
 * are short, and the rest moves when it is not. */
static void rewrite_inner(const struct job *job, const uint8_t *tag, struct text body,
			  size_t tag_size, unsigned depth, struct output *out)
{
	size_t start, size, head;
	uint8_t length[10];

	put(out, tag, tag_size);
	start = out->size++;
	rewrite(job, body, depth, out);
	size = out->size - start - 1;
	head = put_varint(length, size);
	if (head > 1)
		memmove(out->data + start + head, out->data + start + 1, size);
	memcpy(out->data + start, length, head);
	out->size += head - 1;
}

static void rewrite(const struct job *job, struct text body, unsigned depth, struct output *out)
{
	bool last = !job->path[depth], wanted = last && is_wanted(job, body);

	while (body.at < body.end) {
		const uint8_t *start = body.at, *value;
		uint64_t tag = varint(&body), number = tag >> 3, size;

		value = body.at;
		if ((tag & 7) == 2) {
			size = varint(&body);
			if (number == job->path[depth] || (depth == 2 && number == job->again)) {
				rewrite_inner(job, start, (struct text){ body.at, body.at + size },
					      (size_t)(value - start),
					      number == job->path[depth] ? depth + 1 : depth, out);
				body.at += size;
				continue;
			}
			body.at += size;
		} else if ((tag & 7) == 0) {
			varint(&body);
		} else {
			body.at += (tag & 7) == 1 ? 8 : 4;
		}
		if (wanted && number == job->field) {
			put(out, start, (size_t)(value - start));
			put(out, job->value, job->value_size);
		} else {
			put(out, start, (size_t)(body.at - start));
		}
	}
}

static void by_wire(const struct job *job, struct text in, struct output *out)
{
	put(out, in.at, 8);
	in.at += 8;
	for (int i = 0; in.at < in.end; i++) {
		uint32_t size, start = (uint32_t)out->size;

		memcpy(&size, in.at, 4);
		out->size += 4;
		if (i < job->skip)
			put(out, in.at + 4, size);
		else
			rewrite(job, (struct text){ in.at + 4, in.at + 4 + size }, 0, out);
		in.at += 4 + size;
		size = (uint32_t)out->size - start - 4;
		memcpy(out->data + start, &size, 4);
	}
}

/* ---- by protobuf-c --------------------------------------------------------------- */

static void edit_cgroup(void *message)
{
	static char value[] = "0-1";
	Crw__CgroupEntry *entry = message;
	Crw__CgControllerEntry *controller = entry->controllers[0];

	for (size_t i = 0; i < controller->n_dirs; i++)
		controller->dirs[i]->properties[0]->value = value;
}

static void edit_file(void *message)
{
	((Crw__FileEntry *)message)->reg->pos = 7;
}

static void edit_mm(void *message)
{
	Crw__MmEntry *entry = message;

	for (size_t i = 0; i < entry->n_vmas; i++)
		entry->vmas[i]->pgoff = 7;
}

static void edit_pagemap(void *message)
{
	((Crw__PagemapEntry *)message)->flags = 5;
}

static const struct {
	const ProtobufCMessageDescriptor *type;
	void (*edit)(void *message);
} by_kind[] = {
	{ &crw__cgroup_entry__descriptor, edit_cgroup },
	{ &crw__file_entry__descriptor, edit_file },
	{ &crw__mm_entry__descriptor, edit_mm },
	{ &crw__pagemap_entry__descriptor, edit_pagemap },
};

static void by_protobuf(const struct job *job, struct text in, struct output *out)
{
	size_t kind = (size_t)(job - jobs);

	put(out, in.at, 8);
	in.at += 8;
	for (int i = 0; in.at < in.end; i++) {
		ProtobufCMessage *message;
		uint32_t size;

		memcpy(&size, in.at, 4);
		if (i < job->skip) {
			put(out, in.at, size + 4);
			in.at += size + 4;
			continue;
		}
		message = protobuf_c_message_unpack(by_kind[kind].type, NULL, size, in.at + 4);
		if (!message)
			die("unpack");
		in.at += size + 4;
		by_kind[kind].edit(message);
		size = (uint32_t)protobuf_c_message_pack(message, out->data + out->size + 4);
		memcpy(out->data + out->size, &size, 4);
		out->size += size + 4;
		if (kind) /* a text of edit_cgroup() is not its own */
			protobuf_c_message_free_unpacked(message, NULL);
	}
}

int main(int argc, char **argv)
{
	const struct job *job = NULL;
	struct output out = { NULL, 0 };
	struct text in;

	for (size_t i = 0; argc == 5 && i < sizeof(jobs) / sizeof(jobs[0]); i++)
		if (strcmp(argv[2], jobs[i].kind) == 0)
			job = &jobs[i];
	if (!job) {
		fputs("usage: peer wire|protobuf-c KIND IN OUT\n", stderr);
		return 2;
	}
	in = read_whole(argv[3]);
	out.data = malloc(2 * (size_t)(in.end - in.at));
	if (!out.data)
		die("memory");
	(strcmp(argv[1], "wire") == 0 ? by_wire : by_protobuf)(job, in, &out);
	write_whole(argv[4], &out);
	return 0;
}
