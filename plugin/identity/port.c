/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 *	port 80 to 8080 [tcp | udp]
 *
 * The port of the checkpoint's own sockets: of those that listen, of the connections that
 * they took, and the other end of connections inside. A connection to outside cannot go on
 * from another port, so it is closed; a port of another host stays. The firewall of the
 * checkpoint follows.
 */
#include "../../rules/address.h"
#include "../../rules/args.h"
#include "../context.h"
#include "fields.h"
#include "firewall.h"
#include "sockets.h"
#include "verbs.h"

struct report {
	uint64_t old, fresh;
	uint64_t protocol; /* 0: both */
	struct sockets sockets;
	bool has_udp; /* with the old port */
};

static int read_arguments(struct verb_args *a, void *out, struct error *err)
{
	struct report *r = out;

	if (args_number(a, "a port", 1, 65535, &r->old, err) < 0 || args_need(a, "to", err) < 0 ||
	    args_number(a, "a port", 1, 65535, &r->fresh, err) < 0)
		return -1;
	if (args_word(a, "tcp"))
		r->protocol = SOCKET_TCP;
	else if (args_word(a, "udp"))
		r->protocol = SOCKET_UDP;
	return args_end(a, "'tcp', 'udp' or the end of the line", err);
}

static bool is_meant(const struct report *r, const struct socket *s)
{
	return s && (s->protocol == SOCKET_TCP || s->protocol == SOCKET_UDP) &&
	       (!r->protocol || s->protocol == r->protocol);
}

static bool may_meet(const struct value *a, const struct value *b)
{
	return address_is_any(a) || address_is_any(b) || address_equal(a, b);
}

static bool is_bound(const struct report *r, const struct socket *s, uint64_t port)
{
	return is_meant(r, s) && s->src_port == port && !s->dst_port;
}

#define PAIRS_MAX 10000000 /* of sockets that are compared */

/* Another socket has the port already. */
static int judge_free(const struct report *r, struct error *err)
{
	size_t pairs = 0, count = sockets_count(&r->sockets);

	for (size_t i = 0; i < count; i++) {
		const struct socket *one = sockets_at(&r->sockets, i);

		for (size_t k = 0; is_bound(r, one, r->old) && k < count; k++) {
			const struct socket *other = sockets_at(&r->sockets, k);

			if (++pairs > PAIRS_MAX)
				return fail(err, "too many sockets have port %llu",
					    (unsigned long long)r->old);
			if (is_bound(r, other, r->fresh) && other->protocol == one->protocol &&
			    may_meet(&one->src, &other->src))
				return fail(err, "port %llu is taken by another socket (id %llu)",
					    (unsigned long long)r->fresh,
					    (unsigned long long)other->id);
		}
	}
	return 0;
}

/* ---- both ends -------------------------------------------------------------------------- */

static int judge_src(void *ctx, const struct rules_object *o, struct value *fresh,
		     struct error *err)
{
	const struct report *r = ctx;

	*fresh = value_number((number_t)r->fresh);
	return o->now.type == VALUE_NUMBER && o->now.number == r->old &&
	       is_meant(r, sockets_of(&r->sockets, o));
}

/* Is the other end a socket of the checkpoint that moves? */
static bool leads_inside(const struct report *r, const struct socket *s)
{
	if (s->protocol == SOCKET_TCP)
		return sockets_is_inside(&r->sockets, s);
	return r->has_udp && sockets_have(&r->sockets, &s->dst);
}

static int judge_dst(void *ctx, const struct rules_object *o, struct value *fresh,
		     struct error *err)
{
	const struct report *r = ctx;
	const struct socket *s = sockets_of(&r->sockets, o);

	*fresh = value_number((number_t)r->fresh);
	return o->now.type == VALUE_NUMBER && o->now.number == r->old && is_meant(r, s) &&
	       leads_inside(r, s);
}

/* ---- all of it ------------------------------------------------------------------------- */

static int move_ports(struct rules_call *call, struct report *r, struct error *err)
{
	if (r->old == r->fresh)
		return 0;
	if (judge_free(r, err) < 0)
		return -1;
	for (size_t i = 0; i < sockets_count(&r->sockets); i++) {
		struct socket *s = sockets_at(&r->sockets, i);

		r->has_udp |= s->protocol == SOCKET_UDP && s->src_port == r->old;
		s->closes = is_meant(r, s) && s->src_port == r->old && socket_is_connection(s) &&
			    !sockets_is_inside(&r->sockets, s);
	}
	if (fields_sweep(call, ROLE_SRC_PORT, judge_src, r, err) < 0 ||
	    fields_sweep(call, ROLE_DST_PORT, judge_dst, r, err) < 0)
		return -1;
	if (sockets_close(call, &r->sockets, err) < 0)
		return -1;
	return firewall_move_port(call, &r->sockets, r->protocol, r->old, r->fresh, err);
}

static int run(struct rules_call *call, struct error *err)
{
	struct report r = *(const struct report *)call->wish;
	int status;

	if (explain_same(call, r.old == r.fresh))
		return 0;
	if (sockets_read(call, &r.sockets, err) < 0)
		return -1;
	status = move_ports(call, &r, err);
	sockets_free(&r.sockets);
	return status;
}

const struct rules_verb verb_port = {
	NULL, "port", "port OLD to NEW [tcp | udp]", read_arguments, sizeof(struct report), run,
};
