/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 *	address 10.0.0.5 to 10.7.0.9
 *	address 10.0.0.5/24 to 10.7.0.9/16
 *	address 10.0.0.0/24 to 10.7.0.0/24
 *
 * Sockets, both ends where both are in the checkpoint, in IPv4, IPv6 and mapped; with a
 * network namespace of its own also its devices' addresses, routes, rules, connections that
 * it tracks, and its firewall. A connection to outside cannot go on from another address, so
 * it is closed. What is another host's stays.
 */
#include <string.h>

#include "../../rules/address.h"
#include "../../rules/args.h"
#include "../context.h"
#include "fields.h"
#include "leftover.h"
#include "move.h"
#include "sockets.h"
#include "verbs.h"
#include "words.h"

struct readdress {
	struct move move;
	struct sockets sockets; /* their own addresses, and those of devices in the checkpoint */
};

static int read_arguments(struct verb_args *a, void *out, struct error *err)
{
	struct move *m = out;
	struct value old, fresh;

	*m = (struct move){ .old = { .type = VALUE_NONE } };
	if (args_address(a, &old, err) < 0 || args_need(a, "to", err) < 0 ||
	    args_address(a, &fresh, err) < 0 || args_end(a, "the end of the line", err) < 0)
		return -1;
	if (old.type == VALUE_NONE || fresh.type == VALUE_NONE)
		return 0;
	a->at--;
	if (move_of(&old, &fresh, m, err) < 0)
		return -1;
	a->at++;
	return 0;
}

/* ---- whose an address is --------------------------------------------------------------- */

static int learn_device(void *ctx, const struct rules_object *o, struct value *fresh,
			struct error *err)
{
	struct readdress *r = ctx;
	struct value prefix;

	if (o->now.type != VALUE_ADDRESS ||
	    rules_object_value(o, "ifa_prefixlen", &prefix, err) <= 0)
		return 0;
	if (r->move.old.type != VALUE_NONE && address_equal(&o->now, &r->move.old))
		move_learn_prefix(&r->move, (unsigned)prefix.number);
	return sockets_add_own(&r->sockets, &o->now, err);
}

static bool is_own(const struct readdress *r, const struct value *v)
{
	if (r->move.old.type != VALUE_NONE && address_equal(v, &r->move.old))
		return true;
	return sockets_have(&r->sockets, v);
}

/* ---- sockets --------------------------------------------------------------------------- */

static int judge_src(void *ctx, const struct rules_object *o, struct value *fresh,
		     struct error *err)
{
	const struct readdress *r = ctx;

	if (o->now.type != VALUE_ADDRESS)
		return 0;
	return move_address(&r->move, &o->now, fresh, err);
}

static int judge_dst(void *ctx, const struct rules_object *o, struct value *fresh,
		     struct error *err)
{
	const struct readdress *r = ctx;

	if (o->now.type != VALUE_ADDRESS || !is_own(r, &o->now))
		return 0;
	return move_address(&r->move, &o->now, fresh, err);
}

static int mark_outside(struct readdress *r, size_t *count, struct error *err)
{
	struct value ignored;
	int moves;

	*count = 0;
	for (size_t i = 0; i < sockets_count(&r->sockets); i++) {
		struct socket *s = sockets_at(&r->sockets, i);

		if (!socket_is_connection(s) || sockets_is_inside(&r->sockets, s))
			continue;
		moves = move_address(&r->move, &s->src, &ignored, err);
		if (moves < 0)
			return -1;
		s->closes = moves > 0;
		*count += s->closes;
	}
	return 0;
}

/* CRIU drops packets of connections while it works, in its own namespace by lines that
 * name the addresses of the dump. */
static int say_lock(struct rules_call *call, size_t closed, struct error *err)
{
	const struct image_kind *netns = kind_named("netns", 5);
	struct rules_image image;
	int found = closed ? call->world->image(call->world->ctx, netns, 0, &image, err) : 1;

	if (found == 0)
		explain_say(call, "connections are closed that the dump may have locked by lines "
				  "of iptables on the host; where it was this host, remove those "
				  "with the old address");
	return found < 0 ? -1 : 0;
}

static int move_sockets(struct rules_call *call, struct readdress *r, struct error *err)
{
	size_t closed;

	if (mark_outside(r, &closed, err) < 0 ||
	    fields_sweep(call, ROLE_SRC, judge_src, r, err) < 0 ||
	    fields_sweep(call, ROLE_DST, judge_dst, r, err) < 0 ||
	    sockets_close(call, &r->sockets, err) < 0)
		return -1;
	return say_lock(call, closed, err);
}

/* ---- the network namespace ---------------------------------------------------------------- */

/* The prefix of a subnet goes with it: of 10.0.0.0/24 to 10.7.0.0/16. */
static int judge_prefix(void *ctx, const struct rules_object *o, struct value *fresh,
			struct error *err)
{
	const struct readdress *r = ctx;
	const struct value *old = &r->move.old_net;
	struct value address;
	int found = rules_object_value(o, "address", &address, err);

	if (found <= 0 || old->type == VALUE_NONE || o->now.type != VALUE_NUMBER ||
	    o->now.number != old->prefix || !address_within(&address, old))
		return found < 0 ? -1 : 0;
	*fresh = value_number(r->move.fresh_net.prefix);
	return 1;
}

static int judge_dst_prefix(void *ctx, const struct rules_object *o, struct value *fresh,
			    struct error *err)
{
	const struct readdress *r = ctx;
	const struct value *old = &r->move.old_net;
	struct value dst;
	int found = rules_object_value(o, "dst", &dst, err);

	if (found <= 0 || old->type == VALUE_NONE || o->now.type != VALUE_NUMBER ||
	    o->now.number != old->prefix || dst.type != VALUE_ADDRESS)
		return found < 0 ? -1 : 0;
	dst.prefix = old->prefix;
	*fresh = value_number(r->move.fresh_net.prefix);
	return address_equal(&dst, old);
}

/* The last address of the subnet, whose prefix may be another one. */
static int judge_broadcast(void *ctx, const struct rules_object *o, struct value *fresh,
			   struct error *err)
{
	const struct readdress *r = ctx;
	struct value last = r->move.fresh_net;

	if (o->now.type != VALUE_ADDRESS)
		return 0;
	if (last.type == VALUE_NONE || !address_within(&o->now, &r->move.old_net))
		return move_address(&r->move, &o->now, fresh, err);
	for (unsigned bit = last.prefix; bit < 8u * last.address_size; bit++)
		last.address[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	last.prefix = (uint8_t)(8 * last.address_size);
	*fresh = last;
	return 1;
}

static int judge_word(void *ctx, struct span word, struct span before, struct buffer *out,
		      struct error *err)
{
	const struct readdress *r = ctx;
	struct value v, fresh;
	int moves;

	if (!address_parse(word, &v) || v.address_size == ADDRESS_MAC)
		return 0;
	moves = move_address(&r->move, &v, &fresh, err);
	if (moves > 0)
		address_print(out, &fresh);
	/* "10.0.0.5/32" of iptables */
	if (moves > 0 && !address_is_subnet(&fresh) && memchr(word.data, '/', word.size))
		buffer_printf(out, "/%u", fresh.prefix);
	return moves;
}

static int judge_line(void *ctx, const struct rules_object *o, struct value *fresh,
		      struct error *err)
{
	return words_change(o, judge_word, ctx, fresh, err);
}

static int move_namespace(struct rules_call *call, struct readdress *r, struct error *err)
{
	/* Prefixes and the broadcast address first: they are known by the old address. */
	if (rules_sweep(call, "ifaddr_entry.ifa_prefixlen", judge_prefix, r, err) < 0 ||
	    rules_sweep(call, "route_entry.rtm_dst_len", judge_dst_prefix, r, err) < 0 ||
	    rules_sweep(call, "rule_entry.frh_dst_len", judge_dst_prefix, r, err) < 0 ||
	    fields_sweep(call, ROLE_BROADCAST, judge_broadcast, r, err) < 0 ||
	    fields_sweep(call, ROLE_ADDRESS, judge_src, r, err) < 0)
		return -1;
	return fields_sweep(call, ROLE_LINE, judge_line, r, err);
}

/* ---- all of it ----------------------------------------------------------------------------- */

static bool is_old(const void *ctx, const struct value *v)
{
	const struct move *m = &((const struct readdress *)ctx)->move;

	if (m->old.type != VALUE_NONE && address_equal(v, &m->old))
		return !address_equal(v, &m->fresh);
	return m->old_net.type != VALUE_NONE && address_within(v, &m->old_net) &&
	       !address_within(v, &m->fresh_net);
}

static bool is_left(const void *ctx, const struct value *v)
{
	return v->type == VALUE_ADDRESS ? is_old(ctx, v) :
					  leftover_has_address(v->text, is_old, ctx);
}

static int readdress(struct rules_call *call, struct readdress *r, struct error *err)
{
	if (rules_sweep(call, "ifaddr_entry.address", learn_device, r, err) < 0)
		return -1;
	sockets_sort_own(&r->sockets);
	if (move_sockets(call, r, err) < 0 || move_namespace(call, r, err) < 0)
		return -1;
	return leftover_note(call, is_left, r, err);
}

static int run(struct rules_call *call, struct error *err)
{
	struct readdress r = { .move = *(const struct move *)call->wish };
	int status;

	if (explain_same(call, move_is_none(&r.move)))
		return 0;
	if (sockets_read(call, &r.sockets, err) < 0)
		return -1;
	status = readdress(call, &r, err);
	sockets_free(&r.sockets);
	return status;
}

const struct rules_verb verb_address = {
	NULL, "address", "address OLD to NEW", read_arguments, sizeof(struct move), run,
};
