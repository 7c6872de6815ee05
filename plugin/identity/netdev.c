/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 *	netdev eth0 to net0
 *	netdev mac eth0 02:42:ac:11:00:03
 *	netdev drop eth1
 *
 * A device goes by name in its own entry, in labels of addresses, in rules, and in sockets
 * that are bound to it; by index in addresses and routes.
 */
#include "../../rules/address.h"
#include "../context.h"
#include "fields.h"
#include "leftover.h"
#include "rename.h"
#include "verbs.h"
#include "words.h"

#include <stdio.h>
#include <string.h>

#define DEVICE_NAME_MAX 15 /* bytes; Linux, IFNAMSIZ - 1 */
#define KIND_VETH 2        /* criu/images/netdev.proto: ND_TYPE */

struct netdev {
	enum { RENAME, DROP, MAC } action;
	struct rename name;
	struct value mac;

	/* of the device */
	bool found, taken, is_veth;
	char image[32]; /* what its image is called behind "netdev-" */
	uint64_t index;
	struct value old_mac;
	uint64_t users; /* sockets that are bound to it */
};

/* Linux, dev_valid_name() */
static int judge_device_name(struct span name, struct error *err)
{
	bool good = name.size <= DEVICE_NAME_MAX && !span_is(name, ".") && !span_is(name, "..");

	for (size_t i = 0; i < name.size; i++)
		good = good && name.data[i] && !strchr("/: \t\n\v\f\r", name.data[i]);
	return good ? 0 :
		      fail(err, "the name of a device has up to %d bytes, no blank, '/' or ':'",
			   DEVICE_NAME_MAX);
}

/* Linux, is_valid_ether_addr() */
static bool is_mac_of_device(const struct value *v)
{
	static const uint8_t nothing[ADDRESS_MAC];

	return v->address_size == ADDRESS_MAC && !(v->address[0] & 1) &&
	       memcmp(v->address, nothing, sizeof(nothing)) != 0;
}

static int read_mac(struct verb_args *a, struct netdev *d, struct error *err)
{
	d->action = MAC;
	if (args_text(a, "the name of a device", &d->name.old, err) < 0)
		return -1;
	if (args_address(a, &d->mac, err) < 0)
		return fail(err, "expected a MAC address like 02:42:ac:11:00:02");
	if (d->mac.type == VALUE_ADDRESS && !is_mac_of_device(&d->mac)) {
		a->at--;
		return fail(err, "expected a MAC address like 02:42:ac:11:00:02, of one device");
	}
	return args_end(a, "the end of the line", err);
}

static int read_arguments(struct verb_args *a, void *out, struct error *err)
{
	struct netdev *d = out;

	if (args_word(a, "mac"))
		return read_mac(a, d, err);
	if (args_word(a, "drop")) {
		d->action = DROP;
		if (args_text(a, "the name of a device", &d->name.old, err) < 0)
			return -1;
		return args_end(a, "the end of the line", err);
	}
	if (rename_read(a, "the name of a device", &d->name, err) < 0)
		return -1;
	a->at--;
	if (judge_device_name(d->name.fresh, err) < 0)
		return -1;
	a->at++;
	return 0;
}

/* ---- the device ------------------------------------------------------------------------- */

static void keep_image(struct netdev *d, const char *file)
{
	struct span id = { NULL, 0 };

	kind_of_file(file, &id);
	snprintf(d->image, sizeof(d->image), "%.*s", (int)id.size, (const char *)id.data);
}

/* Is the image of the same network namespace? */
static bool is_beside(const struct netdev *d, const struct rules_object *o)
{
	struct span id = { NULL, 0 };

	return kind_of_file(o->image->file, &id) && span_is(id, d->image);
}

static int find_device(void *ctx, const struct rules_object *o, struct value *fresh,
		       struct error *err)
{
	struct netdev *d = ctx;
	struct value v;

	if (span_equal(o->now.text, d->name.fresh))
		d->taken = true;
	if (!span_equal(o->now.text, d->name.old))
		return 0;
	d->found = true;
	keep_image(d, o->image->file);
	if (rules_object_value(o, "ifindex", &v, err) > 0)
		d->index = (uint64_t)v.number;
	if (rules_object_value(o, "type", &v, err) > 0)
		d->is_veth = v.number == KIND_VETH;
	if (rules_object_value(o, "address", &v, err) > 0)
		d->old_mac = v;
	return 0;
}

static int count_user(void *ctx, const struct rules_object *o, struct value *fresh,
		      struct error *err)
{
	struct netdev *d = ctx;

	if (strcmp(o->image->kind->name, "netdev") == 0 ||
	    strcmp(o->image->kind->name, "ifaddr") == 0)
		return 0; /* these go with it */
	d->users += o->now.type == VALUE_TEXT && span_equal(o->now.text, d->name.old);
	return 0;
}

/* ---- another name ------------------------------------------------------------------------ */

/* Labels of addresses may have something behind a ':'. */
static int judge_name(void *ctx, const struct rules_object *o, struct value *fresh,
		      struct error *err)
{
	cleanup_buffer struct buffer name = { 0 };
	const struct rename *r = ctx;
	struct span now = o->now.text;

	if (o->now.type != VALUE_TEXT || now.size < r->old.size ||
	    !span_equal(span_of(now.data, r->old.size), r->old) ||
	    (now.size > r->old.size && now.data[r->old.size] != ':'))
		return 0;
	buffer_append(&name, r->fresh);
	buffer_append(&name, span_of(now.data + r->old.size, now.size - r->old.size));
	return fields_give(o, &name, fresh, err);
}

static int judge_word(void *ctx, struct span word, struct span before, struct buffer *out,
		      struct error *err)
{
	const struct netdev *d = ctx;

	if (!span_equal(word, d->name.old))
		return 0;
	buffer_append(out, d->name.fresh);
	return 1;
}

static int judge_line(void *ctx, const struct rules_object *o, struct value *fresh,
		      struct error *err)
{
	return words_change(o, judge_word, ctx, fresh, err);
}

static int rename_device(struct rules_call *call, struct netdev *d, struct error *err)
{
	if (explain_same(call, span_equal(d->name.old, d->name.fresh)))
		return 0;
	if (span_is(d->name.old, "lo"))
		return fail(err, "every network namespace has lo");
	if (d->taken)
		return fail(err, "a device %.*s is in the checkpoint, too", (int)d->name.fresh.size,
			    (const char *)d->name.fresh.data);
	if (fields_sweep(call, ROLE_DEVICE, judge_name, &d->name, err) < 0 ||
	    fields_sweep(call, ROLE_LINE, judge_line, d, err) < 0)
		return -1;
	if (d->is_veth)
		explain_say(call, "--external veth[IN]:OUT@BRIDGE goes by the new name, too");
	return leftover_note(call, rename_is_left, &d->name, err);
}

/* ---- none ---------------------------------------------------------------------------------- */

static int judge_own(void *ctx, const struct rules_object *o, struct value *fresh,
		     struct error *err)
{
	const struct netdev *d = ctx;
	struct value name;

	if (rules_object_value(o, "name", &name, err) <= 0)
		return 0;
	return span_equal(name.text, d->name.old);
}

/* By the field of this name, which holds an index. */
static int has_index(const struct netdev *d, const struct rules_object *o, const char *field,
		     struct error *err)
{
	struct value v;
	int found = is_beside(d, o) ? rules_object_value(o, field, &v, err) : 0;

	return found > 0 ? v.number == d->index : found;
}

static int judge_address(void *ctx, const struct rules_object *o, struct value *fresh,
			 struct error *err)
{
	return has_index(ctx, o, "ifa_index", err);
}

static int judge_route(void *ctx, const struct rules_object *o, struct value *fresh,
		       struct error *err)
{
	return has_index(ctx, o, "oif", err);
}

static int judge_nexthop(void *ctx, const struct rules_object *o, struct value *fresh,
			 struct error *err)
{
	return has_index(ctx, o, "rtnh_ifindex", err);
}

static int drop_device(struct rules_call *call, struct netdev *d, struct error *err)
{
	if (span_is(d->name.old, "lo"))
		return fail(err, "every network namespace has lo");
	if (fields_sweep(call, ROLE_DEVICE, count_user, d, err) < 0)
		return -1;
	if (d->users)
		return fail(err,
			    "%.*s is named in %llu other fields: sockets that are bound to it, "
			    "rules; change those before",
			    (int)d->name.old.size, (const char *)d->name.old.data,
			    (unsigned long long)d->users);
	if (rules_sweep_delete(call, "net_device_entry", judge_own, d, err) < 0 ||
	    rules_sweep_delete(call, "ifaddr_entry", judge_address, d, err) < 0 ||
	    rules_sweep_delete(call, "route_entry.multipath", judge_nexthop, d, err) < 0 ||
	    rules_sweep_delete(call, "route_entry", judge_route, d, err) < 0)
		return -1;
	return leftover_note(call, rename_is_left, &d->name, err);
}

/* ---- another MAC ------------------------------------------------------------------------- */

static int judge_mac(void *ctx, const struct rules_object *o, struct value *fresh,
		     struct error *err)
{
	const struct netdev *d = ctx;
	int own = judge_own(ctx, o, fresh, err);

	*fresh = d->mac;
	return own;
}

/* fe80::/64 with the MAC in it (RFC 4291, appendix A), which the kernel makes anew. */
static struct value link_local(const struct value *mac)
{
	const uint8_t *m = mac->address;
	const uint8_t bytes[ADDRESS_V6] = {
		0xfe, 0x80, 0, 0, 0, 0, 0, 0, m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5],
	};
	struct value v = { .type = VALUE_NONE };

	address_of_bytes(span_of(bytes, sizeof(bytes)), &v);
	return v;
}

static int judge_link_local(void *ctx, const struct rules_object *o, struct value *fresh,
			    struct error *err)
{
	const struct netdev *d = ctx;
	struct value old = link_local(&d->old_mac), address;

	if (rules_object_value(o, "address", &address, err) <= 0)
		return 0;
	return has_index(d, o, "ifa_index", err) > 0 && address_equal(&address, &old);
}

static int change_mac(struct rules_call *call, struct netdev *d, struct error *err)
{
	if (rules_sweep(call, "net_device_entry.address", judge_mac, d, err) < 0)
		return -1;
	if (d->old_mac.type != VALUE_ADDRESS)
		return 0;
	return rules_sweep_delete(call, "ifaddr_entry", judge_link_local, d, err);
}

static int run(struct rules_call *call, struct error *err)
{
	struct netdev d = *(const struct netdev *)call->wish;

	if (rules_sweep(call, "net_device_entry.name", find_device, &d, err) < 0)
		return -1;
	/* A namespace that a runtime hands over has no devices in the images. */
	if (!d.found && d.action != RENAME)
		return 0;
	if (d.action == DROP)
		return drop_device(call, &d, err);
	return d.action == MAC ? change_mac(call, &d, err) : rename_device(call, &d, err);
}

const struct rules_verb verb_netdev = {
	NULL,
	"netdev",
	"netdev OLD to NEW | drop NAME | mac NAME ADDRESS",
	read_arguments,
	sizeof(struct netdev),
	run,
};
