/* SPDX-License-Identifier: GPL-2.0-only */
#include "pages.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel.h"

/* CRIU's pagemap.proto and include/pagemap.h */
#define PAGEMAP_MAGIC_SIZE 8
#define PAGEMAP_MAX (64 << 20)
enum { PAGE_IS_LAZY = 2, PAGE_IS_PRESENT = 4 };
enum { FIELD_VADDR = 1, FIELD_COUNT, FIELD_IN_PARENT, FIELD_FLAGS, FIELD_COUNT_WIDE, FIELDS };
enum { FIELD_FILE = 1 };

/* CRIU's page-xfer.c */
enum { COMMAND_PAGES = 6 | PAGE_IS_PRESENT << 16, COMMAND_GET = 7 };
enum { COMMAND_CLOSE = 0x1023, COMMAND_FORCE_CLOSE = 0x1024 };
#define FIRST_WIDE 40200

struct narrow { /* CRIU before 4.2 */
	uint32_t command, count;
	uint64_t vaddr, task;
};
struct wide {
	uint32_t command, padding;
	uint64_t count, vaddr, task;
};

/* ---- images ------------------------------------------------------------------------ */

static uint64_t number(const uint8_t **at, const uint8_t *end)
{
	uint64_t value = 0;

	for (int shift = 0; *at < end && shift < 64; shift += 7) {
		value |= (uint64_t)(**at & 127) << shift;
		if (!(*(*at)++ & 128))
			break;
	}
	return value;
}

/* A message that has nothing but numbers. Returns its end, NULL: there is no more. */
static const uint8_t *message(const uint8_t *at, const uint8_t *end, uint64_t fields[FIELDS])
{
	uint32_t size;

	memset(fields, 0, FIELDS * sizeof(*fields));
	if (end - at < (ptrdiff_t)sizeof(size))
		return NULL;
	memcpy(&size, at, sizeof(size));
	at += sizeof(size);
	if (size > (size_t)(end - at))
		return NULL;
	for (end = at + size; at < end;) {
		uint64_t key = number(&at, end) >> 3, value = number(&at, end);

		if (key < FIELDS)
			fields[key] = value;
	}
	return end;
}

static int add(struct pages *pages, struct run run)
{
	struct run *more = realloc(pages->runs, (pages->count + 1) * sizeof(run));

	if (!more)
		return -1;
	pages->runs = more;
	pages->runs[pages->count++] = run;
	return 0;
}

static int take_pagemap(struct pages *pages, uint32_t task, const uint8_t *at, const uint8_t *end)
{
	uint64_t f[FIELDS];
	struct run run = { .task = task };
	int status = 0;

	at = message(at, end, f);
	run.file = (uint32_t)f[FIELD_FILE];
	while (status == 0 && at && (at = message(at, end, f))) {
		run.vaddr = f[FIELD_VADDR];
		run.count = f[FIELD_COUNT_WIDE] ? f[FIELD_COUNT_WIDE] : f[FIELD_COUNT];
		run.lazy = f[FIELD_FLAGS] & PAGE_IS_LAZY;
		if (!(f[FIELD_FLAGS] & PAGE_IS_PRESENT))
			continue;
		status = add(pages, run);
		run.at += run.count;
	}
	return status;
}

static int read_pagemap(struct pages *pages, const char *name, uint32_t task)
{
	int fd = openat(pages->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), status = -1;
	uint8_t *data = NULL;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > PAGEMAP_MAGIC_SIZE &&
	    st.st_size < PAGEMAP_MAX && (data = malloc((size_t)st.st_size)) &&
	    read(fd, data, (size_t)st.st_size) == st.st_size)
		status = take_pagemap(pages, task, data + PAGEMAP_MAGIC_SIZE, data + st.st_size);
	free(data);
	if (fd >= 0)
		close(fd);
	if (status < 0)
		fprintf(stderr, "migrate: %s cannot be read\n", name);
	return status;
}

int pages_open(struct pages *pages, int dir)
{
	DIR *list = fdopendir(dup(dir));
	struct dirent *entry;
	int status = list ? 0 : -1, end;
	unsigned id;

	*pages = (struct pages){ .dir = dir };
	while (status == 0 && (entry = readdir(list))) {
		char kind[8] = "";

		end = 0;
		if ((sscanf(entry->d_name, "pagemap-%u.img%n", &id, &end) == 1 && end) ||
		    (sscanf(entry->d_name, "pagemap-%5[shmem]-%u.img%n", kind, &id, &end) == 2 &&
		     end))
			status = read_pagemap(pages, entry->d_name, *kind ? 0 : id);
	}
	if (list)
		closedir(list);
	return status;
}

void pages_close(struct pages *pages)
{
	free(pages->runs);
	*pages = (struct pages){ .dir = -1 };
}

static int open_run(const struct pages *pages, const struct run *run, char name[32])
{
	snprintf(name, 32, "pages-%u.img", run->file);
	return openat(pages->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

/* ---- what cannot wait ---------------------------------------------------------------- */

static int send_run(const struct pages *pages, const struct run *run, int commands)
{
	char name[32];
	int file = open_run(pages, run, name), status = file < 0 ? -1 : 0;

	for (uint64_t page = run->at; status == 0 && page < run->at + run->count; page++)
		if (lseek(file, (off_t)(page * PAGE_BYTES), SEEK_SET) < 0 ||
		    message_send(commands, MESSAGE_PAGE, page, name) < 0 ||
		    content_send(commands, file, PAGE_BYTES) < 0)
			status = -1;
	if (file >= 0)
		close(file);
	return status;
}

int pages_send(const struct pages *pages, int commands)
{
	for (size_t i = 0; i < pages->count; i++)
		if (!pages->runs[i].lazy && send_run(pages, &pages->runs[i], commands) < 0)
			return -1;
	return 0;
}

/* ---- what is asked for ----------------------------------------------------------------- */

static int receive_request(int memory, bool wide, struct wide *request)
{
	struct narrow n;

	if (wide)
		return stream_read(memory, request, sizeof(*request));
	if (stream_read(memory, &n, sizeof(n)) < 0)
		return -1;
	*request = (struct wide){ n.command, 0, n.count, n.vaddr, n.task };
	return 0;
}

static int send_header(int memory, bool wide, const struct wide *h)
{
	struct narrow n = { h->command, (uint32_t)h->count, h->vaddr, h->task };

	return wide ? stream_write(memory, h, sizeof(*h)) : stream_write(memory, &n, sizeof(n));
}

static const struct run *find(const struct pages *pages, uint64_t task, uint64_t vaddr)
{
	for (size_t i = 0; i < pages->count; i++) {
		const struct run *run = &pages->runs[i];

		if (run->task == task && vaddr >= run->vaddr &&
		    vaddr - run->vaddr < run->count * PAGE_BYTES)
			return run;
	}
	return NULL;
}

/* Fewer pages than were asked for are an answer, too. */
static int send_pages(const struct pages *pages, int memory, bool wide, struct wide *request)
{
	const struct run *run = find(pages, request->task, request->vaddr);
	uint64_t from = run ? (request->vaddr - run->vaddr) / PAGE_BYTES : 0;
	char name[32];
	int file = run ? open_run(pages, run, name) : -1, status = -1;

	if (file < 0)
		return -1;
	if (request->count > run->count - from)
		request->count = run->count - from;
	request->command = COMMAND_PAGES;
	if (lseek(file, (off_t)((run->at + from) * PAGE_BYTES), SEEK_SET) >= 0 &&
	    send_header(memory, wide, request) == 0 &&
	    content_send(memory, file, request->count * PAGE_BYTES) == 0)
		status = 1;
	close(file);
	return status;
}

int pages_serve(const struct pages *pages, int memory, unsigned criu)
{
	bool wide = criu >= FIRST_WIDE;
	struct wide request;
	int32_t done = 0;

	if (receive_request(memory, wide, &request) < 0)
		return -1;
	switch (request.command) {
	case COMMAND_GET:
		return send_pages(pages, memory, wide, &request);
	case COMMAND_CLOSE:
	case COMMAND_FORCE_CLOSE:
		return stream_write(memory, &done, sizeof(done));
	default:
		return -1;
	}
}
