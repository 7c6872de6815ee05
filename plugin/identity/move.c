/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "move.h"

#include <string.h>

#include "../../rules/address.h"

/* With the bits behind the prefix off. */
static struct value subnet_of(const struct value *v, unsigned prefix)
{
	struct value net = *v;

	net.prefix = (uint8_t)prefix;
	for (unsigned bit = prefix; bit < 8u * net.address_size; bit++)
		net.address[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return net;
}

static struct value host_of(const struct value *v)
{
	struct value host = *v;

	host.prefix = (uint8_t)(8 * host.address_size);
	return host;
}

static bool is_net(const struct value *v)
{
	struct value net = subnet_of(v, v->prefix);

	return address_is_subnet(v) && memcmp(net.address, v->address, v->address_size) == 0;
}

int move_of(const struct value *old, const struct value *fresh, struct move *m, struct error *err)
{
	struct value from = address_unmap(old), to = address_unmap(fresh);

	*m = (struct move){ .old = { .type = VALUE_NONE } };
	if (from.address_size != to.address_size || from.address_size == ADDRESS_MAC)
		return fail(err, "both are addresses of IPv4, or both of IPv6");
	if (is_net(&from) != is_net(&to) || address_is_subnet(&from) != address_is_subnet(&to))
		return fail(err, "both are addresses, or both are subnets");
	if (address_is_subnet(&from)) {
		m->old_net = subnet_of(&from, from.prefix);
		m->fresh_net = subnet_of(&to, to.prefix);
	}
	if (!is_net(&from)) {
		m->old = host_of(&from);
		m->fresh = host_of(&to);
	}
	return 0;
}

static bool is_same(const struct value *a, const struct value *b)
{
	return a->type == b->type && a->address_size == b->address_size && a->prefix == b->prefix &&
	       memcmp(a->address, b->address, a->address_size) == 0;
}

bool move_is_none(const struct move *m)
{
	return is_same(&m->old, &m->fresh) && is_same(&m->old_net, &m->fresh_net);
}

void move_learn_prefix(struct move *m, unsigned prefix)
{
	if (m->old.type == VALUE_NONE || m->old_net.type != VALUE_NONE ||
	    prefix >= 8u * m->old.address_size)
		return;
	m->old_net = subnet_of(&m->old, prefix);
	m->fresh_net = subnet_of(&m->fresh, prefix);
	if (address_equal(&m->old_net, &m->fresh_net))
		m->old_net.type = m->fresh_net.type = VALUE_NONE;
}

int move_address(const struct move *m, const struct value *v, struct value *out, struct error *err)
{
	if (m->old.type != VALUE_NONE && address_equal(v, &m->old)) {
		*out = address_is_mapped(v) ? address_map(&m->fresh) : m->fresh;
		return 1;
	}
	if (m->old_net.type == VALUE_NONE || !address_within(v, &m->old_net))
		return 0;
	return address_carry(v, &m->old_net, &m->fresh_net, out, err) < 0 ? -1 : 1;
}
