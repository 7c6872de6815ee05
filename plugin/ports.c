/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ports.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "field_path.h"

#define SOCKETS_MAX (1u << 19)
#define TCP_CLOSED 7 /* include/net/tcp_states.h */
#define TCP_LISTENS 10

struct socket {
	uint64_t id, port, type;
	bool waits; /* for all others of its port */
};

static void take_socket(void *arg, struct span body)
{
	static const char type[] = "inet_sk_entry";
	uint64_t state = field_path_number(type, body, "state", NULL);
	struct span options = { NULL, 0 };
	struct ports *ports = arg;
	struct socket s = {
		.id = field_path_number(type, body, "id", NULL),
		.port = field_path_number(type, body, "src_port", NULL),
		.type = field_path_number(type, body, "type", NULL),
	};
	bool connection = s.type == SOCK_STREAM && state != TCP_CLOSED && state != TCP_LISTENS;

	field_path_number(type, body, "opts", &options);
	s.waits = !connection &&
		  !(field_path_number("sk_opts_entry", options, "reuseaddr", NULL) &&
		    field_path_number("sk_opts_entry", options, "so_reuseport", NULL));
	buffer_append(&ports->sockets, span_of(&s, sizeof(s)));
}

static int by_id(const void *a, const void *b)
{
	const struct socket *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* Those that wait stand together behind the others of their port. */
static int by_port(const void *a, const void *b)
{
	const struct socket *x = a, *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return x->waits != y->waits ? x->waits - y->waits : by_id(x, y);
}

static int index_sockets(struct ports *ports, struct error *err)
{
	size_t count = ports->sockets.size / sizeof(struct socket);

	buffer_append(&ports->by_port, buffer_span(&ports->sockets));
	if (ports->sockets.failed || ports->by_port.failed)
		return fail_memory(err);
	if (count) {
		qsort(ports->sockets.data, count, sizeof(struct socket), by_id);
		qsort(ports->by_port.data, count, sizeof(struct socket), by_port);
	}
	ports->read = true;
	return 0;
}

static int read_sockets(struct ports *ports, struct checkpoint *c, struct error *err)
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
	field_path_find(&path, kind->entry, span_text("isk"));
	while ((more = image_next(&image, &entry, err)) > 0) {
		field_path_each(&path, entry.body, take_socket, ports);
		if (ports->sockets.size / sizeof(struct socket) > SOCKETS_MAX)
			return fail(err, "%s: more than %u sockets cannot be checked", file->file,
				    SOCKETS_MAX);
	}
	return more;
}

/* Is one of those that wait, of the same port, another one? They are in order of id. */
static bool has_waiting(const struct ports *ports, const struct socket *lost)
{
	const struct socket *all = (const void *)ports->by_port.data;
	const struct socket key = { .port = lost->port, .type = lost->type, .waits = true };
	size_t low = 0, high = ports->by_port.size / sizeof(*all), count = high;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_port(&all[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low < count && all[low].id == lost->id)
		low++;
	return low < count && all[low].port == lost->port && all[low].type == lost->type &&
	       all[low].waits;
}

int ports_wait_for(struct ports *ports, struct checkpoint *c, uint64_t id, struct error *err)
{
	const struct socket key = { .id = id }, *lost = NULL;

	if (!ports->read && (read_sockets(ports, c, err) < 0 || index_sockets(ports, err) < 0))
		return -1;
	if (ports->sockets.size)
		lost = bsearch(&key, ports->sockets.data, ports->sockets.size / sizeof(*lost),
			       sizeof(*lost), by_id);
	return lost && lost->port && has_waiting(ports, lost);
}

void ports_free(struct ports *ports)
{
	buffer_free(&ports->sockets);
	buffer_free(&ports->by_port);
	ports->read = false;
}
