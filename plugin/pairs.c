/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pairs.h"

#include <stdlib.h>
#include <string.h>

#include "field_path.h"
#include "numbers.h"

#define SOCKETS_MAX (1u << 19)
#define NOBODY UINT64_MAX

struct socket {
	uint64_t id, ino, peer, place;
	uint64_t other;   /* the id of the one that it is connected to and back; NOBODY */
	bool makes_both;  /* of the pair */
	uint64_t process; /* the lowest pid that has it open; NOBODY */
	uint64_t made_in; /* the process that makes both, if it has this one open; NOBODY */
};

/* The descriptors of a process, or of some that share them: fdinfo-`id`.img. */
struct descriptors {
	uint64_t id, pid; /* the lowest */
};

struct pairs {
	struct buffer sockets;     /* of struct socket */
	struct buffer descriptors; /* of struct descriptors */
};

static int by_ino(const void *a, const void *b)
{
	return numbers_compare(&((const struct socket *)a)->ino, &((const struct socket *)b)->ino);
}

static int by_id_and_pid(const void *a, const void *b)
{
	const struct descriptors *x = a, *y = b;
	int order = numbers_compare(&x->id, &y->id);

	return order ? order : numbers_compare(&x->pid, &y->pid);
}

static struct socket *socket_at(const struct pairs *p, size_t i)
{
	return &((struct socket *)(void *)p->sockets.data)[i];
}

static size_t socket_count(const struct pairs *p)
{
	return p->sockets.size / sizeof(struct socket);
}

static struct socket *socket_with(const struct pairs *p, uint64_t id)
{
	return socket_count(p) ? bsearch(&id, p->sockets.data, socket_count(p),
					 sizeof(struct socket), numbers_compare) :
				 NULL;
}

/* ---- what the images say ---------------------------------------------------------------- */

static void take_socket(void *arg, struct span body)
{
	struct pairs *p = arg;
	const struct socket s = {
		.id = field_path_number("unix_sk_entry", body, "id", NULL),
		.ino = field_path_number("unix_sk_entry", body, "ino", NULL),
		.peer = field_path_number("unix_sk_entry", body, "peer", NULL),
		.place = socket_count(p),
		.other = NOBODY,
		.process = NOBODY,
		.made_in = NOBODY,
	};

	if (s.peer)
		buffer_append(&p->sockets, span_of(&s, sizeof(s)));
}

static int read_sockets(struct pairs *p, struct checkpoint *c, struct error *err)
{
	const struct image_kind *kind = kind_named("files", strlen("files"));
	struct checkpoint_image *file;
	struct image_entry entry;
	struct field_path path;
	struct image image;
	int more = checkpoint_find(c, kind, 0, &file, err);

	if (more <= 0)
		return more;
	if (checkpoint_entries(c, file, &image, err) < 0)
		return -1;
	field_path_find(&path, kind->entry, span_text("usk"));
	while ((more = image_next(&image, &entry, err)) > 0) {
		field_path_each(&path, entry.body, take_socket, p);
		if (socket_count(p) > SOCKETS_MAX)
			return fail(err,
				    "%s: more than %u connected unix sockets cannot be checked",
				    file->file, SOCKETS_MAX);
	}
	return more < 0 ? -1 : p->sockets.failed ? fail_memory(err) : 0;
}

/* In order of their ids afterwards. */
static void pair_up(struct pairs *p)
{
	const size_t count = socket_count(p);

	if (!count)
		return;
	qsort(p->sockets.data, count, sizeof(struct socket), by_ino);
	for (size_t i = 0; i < count; i++) {
		struct socket *s = socket_at(p, i), key = { .ino = s->peer };
		const struct socket *peer = bsearch(&key, p->sockets.data, count, sizeof(key),
						    by_ino);

		if (!peer || peer == s || peer->peer != s->ino)
			continue;
		s->other = peer->id;
		s->makes_both = s->place > peer->place;
	}
	qsort(p->sockets.data, count, sizeof(struct socket), numbers_compare);
}

/* The number in the name of a file. */
static bool find_number(const struct checkpoint_image *image, uint64_t *number)
{
	struct span id;

	if (!kind_has_file(image->kind, image->file, &id) || !id.size)
		return false;
	*number = strtoull((const char *)id.data, NULL, 10);
	return true;
}

typedef void (*entry_taker)(struct pairs *p, uint64_t number, struct span body);

/* Gives each entry of the images of a kind to `take`, with the number of its file. */
static int each_entry(struct pairs *p, struct checkpoint *c, const char *name, entry_taker take,
		      struct error *err)
{
	const struct image_kind *kind = kind_named(name, strlen(name));
	struct checkpoint_image *file;
	struct image_entry entry;
	struct image image;
	uint64_t number;
	int more;

	for (size_t i = 0; (more = checkpoint_find(c, kind, i, &file, err)) > 0; i++) {
		if (!find_number(file, &number))
			continue;
		if (checkpoint_entries(c, file, &image, err) < 0)
			return -1;
		while ((more = image_next(&image, &entry, err)) > 0)
			take(p, number, entry.body);
		if (more < 0)
			return -1;
	}
	return more;
}

static void take_ids(struct pairs *p, uint64_t pid, struct span body)
{
	const struct descriptors d = {
		.id = field_path_number("task_kobj_ids_entry", body, "files_id", NULL),
		.pid = pid,
	};

	buffer_append(&p->descriptors, span_of(&d, sizeof(d)));
}

static int read_processes(struct pairs *p, struct checkpoint *c, struct error *err)
{
	if (each_entry(p, c, "ids", take_ids, err) < 0)
		return -1;
	if (p->descriptors.failed)
		return fail_memory(err);
	if (p->descriptors.size)
		qsort(p->descriptors.data, p->descriptors.size / sizeof(struct descriptors),
		      sizeof(struct descriptors), by_id_and_pid);
	return 0;
}

/* The lowest pid with these descriptors, or NOBODY. */
static uint64_t process_of(const struct pairs *p, uint64_t descriptors)
{
	const struct descriptors *all = (const void *)p->descriptors.data;
	size_t low = 0, high = p->descriptors.size / sizeof(*all);
	const size_t count = high;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (all[middle].id < descriptors)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && all[low].id == descriptors ? all[low].pid : NOBODY;
}

static struct socket *socket_of(const struct pairs *p, struct span descriptor)
{
	return socket_with(p, field_path_number("fdinfo_entry", descriptor, "id", NULL));
}

static void take_process(struct pairs *p, uint64_t descriptors, struct span body)
{
	struct socket *s = socket_of(p, body);
	uint64_t pid = s ? process_of(p, descriptors) : NOBODY;

	if (s && pid < s->process)
		s->process = pid;
}

static void take_held(struct pairs *p, uint64_t descriptors, struct span body)
{
	struct socket *s = socket_of(p, body);
	const struct socket *maker = s ? socket_with(p, s->other) : NULL;

	if (maker && maker->makes_both && maker->process == process_of(p, descriptors))
		s->made_in = maker->process;
}

static int read_pairs(struct pairs *p, struct checkpoint *c, struct error *err)
{
	if (read_sockets(p, c, err) < 0)
		return -1;
	pair_up(p);
	if (read_processes(p, c, err) < 0 || each_entry(p, c, "fdinfo", take_process, err) < 0)
		return -1;
	return each_entry(p, c, "fdinfo", take_held, err);
}

/* ---- what CRIU does --------------------------------------------------------------------- */

/* The socket that is made in one process and expected in another, or NULL. */
static const struct socket *find_torn(const struct pairs *p)
{
	for (size_t i = 0; i < socket_count(p); i++) {
		const struct socket *s = socket_at(p, i);

		if (s->made_in != NOBODY && s->process < s->made_in)
			return s;
	}
	return NULL;
}

static int fail_torn(const struct blame *by, const struct socket *s, struct error *err)
{
	unsigned long long maker = s->other, other = s->id, in = s->made_in, pid = s->process;

	return fail(
		err,
		"%s:%u: after this change the file %llu of files.img, an end of a socketpair, is "
		"in no process before %llu, but the other end, the file %llu, is in process "
		"%llu, and CRIU kills the task; keep %llu in fdinfo of process %llu, or delete "
		"%llu there, too",
		by->file, by->line, maker, in, other, pid, maker, pid, other);
}

static void free_pairs(struct pairs *p)
{
	buffer_free(&p->sockets);
	buffer_free(&p->descriptors);
}

int pairs_check(const struct blame *by, struct checkpoint *checkpoint, struct checkpoint *original,
		struct error *err)
{
	struct pairs now = { 0 }, was = { 0 };
	const struct socket *torn = NULL;
	int status = read_pairs(&now, checkpoint, err);

	if (status == 0)
		torn = find_torn(&now);
	if (torn)
		status = read_pairs(&was, original, err);
	if (status == 0 && torn && !find_torn(&was))
		status = fail_torn(by, torn, err);
	free_pairs(&now);
	free_pairs(&was);
	return status;
}
