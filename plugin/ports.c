/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ports.h"

#include <string.h>
#include <sys/socket.h>

#include "field_path.h"

#define TCP_CLOSED 7 /* include/net/tcp_states.h */
#define TCP_LISTENS 10

struct socket {
	uint64_t id, port, type, state;
	bool reuses;
};

/* The first of two walks finds the socket, the second who waits for it. */
struct search {
	uint64_t id;
	struct socket lost;
	bool found, waits;
};

static void read_socket(struct span body, struct socket *s)
{
	static const char type[] = "inet_sk_entry";
	struct span options = { NULL, 0 };

	*s = (struct socket){
		.id = field_path_number(type, body, "id", NULL),
		.port = field_path_number(type, body, "src_port", NULL),
		.type = field_path_number(type, body, "type", NULL),
		.state = field_path_number(type, body, "state", NULL),
	};
	field_path_number(type, body, "opts", &options);
	s->reuses = field_path_number("sk_opts_entry", options, "reuseaddr", NULL) &&
		    field_path_number("sk_opts_entry", options, "so_reuseport", NULL);
}

static void find_lost(void *arg, struct span body)
{
	struct search *search = arg;
	struct socket s;

	read_socket(body, &s);
	if (s.id != search->id)
		return;
	search->lost = s;
	search->found = s.port != 0;
}

static bool is_connection(const struct socket *s)
{
	return s->type == SOCK_STREAM && s->state != TCP_CLOSED && s->state != TCP_LISTENS;
}

static void find_waiting(void *arg, struct span body)
{
	struct search *search = arg;
	struct socket s;

	read_socket(body, &s);
	search->waits |= s.id != search->id && s.port == search->lost.port &&
			 s.type == search->lost.type && !s.reuses && !is_connection(&s);
}

static void each_socket(struct checkpoint *c, field_path_taker take, struct search *search)
{
	const struct image_kind *kind = kind_named("files", strlen("files"));
	struct checkpoint_image *file;
	struct image_entry entry;
	struct field_path path;
	struct error ignored;
	struct image image;

	field_path_find(&path, kind->entry, span_text("isk"));
	if (checkpoint_find(c, kind, 0, &file, &ignored) <= 0 ||
	    checkpoint_entries(c, file, &image, &ignored) < 0)
		return;
	while (image_next(&image, &entry, &ignored) > 0)
		field_path_each(&path, entry.body, take, search);
}

bool ports_wait_for(struct checkpoint *c, uint64_t id)
{
	struct search search = { .id = id };

	each_socket(c, find_lost, &search);
	if (search.found)
		each_socket(c, find_waiting, &search);
	return search.waits;
}
