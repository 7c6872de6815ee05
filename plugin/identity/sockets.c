/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sockets.h"

#include <stdlib.h>

#include "../../rules/address.h"
#include "fields.h"

void sockets_free(struct sockets *s)
{
	buffer_free(&s->list);
}

size_t sockets_count(const struct sockets *s)
{
	return s->list.size / sizeof(struct socket);
}

struct socket *sockets_at(const struct sockets *s, size_t index)
{
	return (struct socket *)(void *)s->list.data + index;
}

/* --- reading --- */

static int read_number(const struct rules_object *o, const char *field, uint64_t *out,
		       struct error *err)
{
	struct value v;
	int found = rules_object_value(o, field, &v, err);

	*out = found > 0 ? (uint64_t)v.number : 0;
	return found < 0 ? -1 : 0;
}

static int read_end(const struct rules_object *o, const char *field, struct value *out,
		    struct error *err)
{
	struct value v;
	int found = rules_object_value(o, field, &v, err);

	*out = (struct value){ .type = VALUE_NONE };
	if (found > 0 && !address_of(&v, out))
		return fail(err, "'%s' is no IP address", field);
	return found < 0 ? -1 : 0;
}

static int read_socket(void *ctx, const struct rules_object *o, struct value *fresh,
		       struct error *err)
{
	struct sockets *s = ctx;
	struct socket one = { .closes = false };

	(void)fresh;
	if (sockets_count(s) == SOCKETS_MAX)
		return fail(err, "more than %d sockets", SOCKETS_MAX);
	if (read_number(o, "id", &one.id, err) < 0 ||
	    read_number(o, "proto", &one.protocol, err) < 0 ||
	    read_number(o, "state", &one.state, err) < 0 ||
	    read_number(o, "src_port", &one.src_port, err) < 0 ||
	    read_number(o, "dst_port", &one.dst_port, err) < 0 ||
	    read_end(o, "src_addr", &one.src, err) < 0 ||
	    read_end(o, "dst_addr", &one.dst, err) < 0)
		return -1;
	buffer_append(&s->list, span_of(&one, sizeof(one)));
	return s->list.failed ? fail_memory(err) : 0;
}

static int compare_ids(const void *a, const void *b)
{
	const struct socket *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

int sockets_read(struct rules_call *call, struct sockets *s, struct error *err)
{
	*s = (struct sockets){ .list = { 0 } };
	if (fields_sweep(call, ROLE_STATE, read_socket, s, err) < 0) {
		sockets_free(s);
		return -1;
	}
	if (s->list.size)
		qsort(s->list.data, sockets_count(s), sizeof(struct socket), compare_ids);
	return 0;
}

struct socket *sockets_of(const struct sockets *s, const struct rules_object *o)
{
	struct socket key = { .closes = false };
	struct error ignored;

	if (!s->list.size || read_number(o, "id", &key.id, &ignored) < 0)
		return NULL;
	return bsearch(&key, s->list.data, sockets_count(s), sizeof(key), compare_ids);
}

/* --- connections --- */

bool socket_is_connection(const struct socket *s)
{
	return s->protocol == SOCKET_TCP && s->dst_port && s->state != SOCKET_LISTEN &&
	       s->state != SOCKET_CLOSE;
}

bool sockets_is_inside(const struct sockets *s, const struct socket *one)
{
	for (size_t i = 0; i < sockets_count(s); i++) {
		const struct socket *other = sockets_at(s, i);

		if (other->protocol == one->protocol && other->src_port == one->dst_port &&
		    other->dst_port == one->src_port && address_equal(&other->src, &one->dst) &&
		    address_equal(&other->dst, &one->src))
			return true;
	}
	return false;
}

bool sockets_have(const struct sockets *s, const struct value *address)
{
	for (size_t i = 0; i < sockets_count(s); i++)
		if (address_equal(&sockets_at(s, i)->src, address))
			return true;
	return false;
}

/* --- closing --- */

static int judge_state(void *ctx, const struct rules_object *o, struct value *fresh,
		       struct error *err)
{
	const struct socket *s = sockets_of(ctx, o);

	(void)err;
	*fresh = value_number(SOCKET_CLOSE);
	return s && s->closes;
}

static int judge_port(void *ctx, const struct rules_object *o, struct value *fresh,
		      struct error *err)
{
	const struct socket *s = sockets_of(ctx, o);

	(void)err;
	*fresh = value_number(0);
	return s && s->closes;
}

/* CRIU takes for connected what has a port at the other end, whatever its state is. */
int sockets_close(struct rules_call *call, const struct sockets *s, struct error *err)
{
	if (fields_sweep(call, ROLE_STATE, judge_state, (void *)(uintptr_t)s, err) < 0)
		return -1;
	return fields_sweep(call, ROLE_DST_PORT, judge_port, (void *)(uintptr_t)s, err);
}
