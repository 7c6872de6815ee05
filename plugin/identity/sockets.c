/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sockets.h"

#include <stdlib.h>
#include <string.h>

#include "../../rules/address.h"
#include "../numbers.h"
#include "fields.h"

/* As bytes that are equal when the addresses are; mapped ones are IPv4. */
struct socket_address {
	uint8_t size;
	uint8_t bytes[ADDRESS_V6];
};

struct socket_ends {
	struct socket_address src, dst;
	uint16_t ports[2];
	uint8_t protocol;
};

void sockets_free(struct sockets *s)
{
	buffer_free(&s->list);
	buffer_free(&s->ends);
	buffer_free(&s->own);
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

/* ---- what is looked for ---------------------------------------------------------------- */

static struct socket_address address_key(const struct value *v)
{
	struct value plain = v->type == VALUE_ADDRESS ? address_unmap(v) : *v;
	struct socket_address key;

	memset(&key, 0, sizeof(key));
	if (plain.type == VALUE_ADDRESS) {
		key.size = plain.address_size;
		memcpy(key.bytes, plain.address, plain.address_size);
	}
	return key;
}

/* All bytes are set, those between the members too. */
static void ends_key(struct socket_ends *key, const struct socket *s, bool other_way)
{
	memset(key, 0, sizeof(*key));
	key->src = address_key(other_way ? &s->dst : &s->src);
	key->dst = address_key(other_way ? &s->src : &s->dst);
	key->ports[0] = (uint16_t)(other_way ? s->dst_port : s->src_port);
	key->ports[1] = (uint16_t)(other_way ? s->src_port : s->dst_port);
	key->protocol = (uint8_t)s->protocol;
}

static int compare_addresses(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct socket_address));
}

static int compare_ends(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct socket_ends));
}

static int index_sockets(struct sockets *s, struct error *err)
{
	struct socket_ends ends;

	for (size_t i = 0; i < sockets_count(s); i++) {
		ends_key(&ends, sockets_at(s, i), false);
		buffer_append(&s->ends, span_of(&ends, sizeof(ends)));
		if (sockets_add_own(s, &sockets_at(s, i)->src, err) < 0)
			return -1;
	}
	if (s->ends.size)
		qsort(s->ends.data, s->ends.size / sizeof(ends), sizeof(ends), compare_ends);
	sockets_sort_own(s);
	return s->ends.failed ? fail_memory(err) : 0;
}

int sockets_add_own(struct sockets *s, const struct value *address, struct error *err)
{
	const struct socket_address key = address_key(address);

	if (key.size)
		buffer_append(&s->own, span_of(&key, sizeof(key)));
	return s->own.failed ? fail_memory(err) : 0;
}

void sockets_sort_own(struct sockets *s)
{
	if (s->own.size)
		qsort(s->own.data, s->own.size / sizeof(struct socket_address),
		      sizeof(struct socket_address), compare_addresses);
}

int sockets_read(struct rules_call *call, struct sockets *s, struct error *err)
{
	*s = (struct sockets){ .list = { 0 } };
	if (fields_sweep(call, ROLE_STATE, read_socket, s, err) < 0) {
		sockets_free(s);
		return -1;
	}
	if (s->list.size)
		qsort(s->list.data, sockets_count(s), sizeof(struct socket), numbers_compare);
	if (index_sockets(s, err) == 0)
		return 0;
	sockets_free(s);
	return -1;
}

struct socket *sockets_of(const struct sockets *s, const struct rules_object *o)
{
	struct socket key = { .closes = false };
	struct error ignored;

	if (!s->list.size || read_number(o, "id", &key.id, &ignored) < 0)
		return NULL;
	return bsearch(&key, s->list.data, sockets_count(s), sizeof(key), numbers_compare);
}

/* --- connections --- */

bool socket_is_connection(const struct socket *s)
{
	return s->protocol == SOCKET_TCP && s->dst_port && s->state != SOCKET_LISTEN &&
	       s->state != SOCKET_CLOSE;
}

bool sockets_is_inside(const struct sockets *s, const struct socket *one)
{
	struct socket_ends other;

	ends_key(&other, one, true);
	return s->ends.size && bsearch(&other, s->ends.data, s->ends.size / sizeof(other),
				       sizeof(other), compare_ends);
}

bool sockets_have(const struct sockets *s, const struct value *address)
{
	const struct socket_address key = address_key(address);

	return s->own.size && bsearch(&key, s->own.data, s->own.size / sizeof(key), sizeof(key),
				      compare_addresses);
}

/* --- closing --- */

static int judge_state(void *ctx, const struct rules_object *o, struct value *fresh,
		       struct error *err)
{
	const struct socket *s = sockets_of(ctx, o);

	*fresh = value_number(SOCKET_CLOSE);
	return s && s->closes;
}

static int judge_port(void *ctx, const struct rules_object *o, struct value *fresh,
		      struct error *err)
{
	const struct socket *s = sockets_of(ctx, o);

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
