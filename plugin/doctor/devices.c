/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network devices and namespaces whose other half is not in the checkpoint: criu has to
 * be told (criu/net.c). */
#include <stdio.h>
#include <string.h>

#include "doctor.h"

/* Of enum nd_type. */
#define DEVICE_VETH 2
#define DEVICE_MACVLAN 7

/* A runtime may name it, by an option of its own. */
static enum crw_level level(const struct doctor *d)
{
	return d->options.words || !d->spec.top ? CRW_LEVEL_FAILURE : CRW_LEVEL_UNKNOWN;
}

static bool is_pair(const struct doctor *d, const char *name)
{
	const char *pair;
	size_t length = strlen(name);

	for (size_t i = 0; (pair = options_get(&d->options, "veth-pair", i)); i++)
		if (strncmp(pair, name, length) == 0 && pair[length] == '=')
			return true;
	return false;
}

static void say(struct doctor *d, enum doctor_cause cause, const char *thing, const char *option,
		const char *reason)
{
	doctor_find(d, cause, level(d), thing,
		    arena_printf(&d->arena, "give criu %s, and tell doctor: -- %s", option, option),
		    "%s", reason);
}

static void take_device(struct doctor *d, const struct crw_message *device, void *arg)
{
	const char *name = doctor_text(d, device, "name"), *option;
	uint64_t type = doctor_number(d, device, "type", 0);
	struct crw_value peer;

	if (!doctor_look(d))
		return;
	if (type == DEVICE_VETH && !doctor_get(d, device, "peer_nsid", &peer) &&
	    !options_of_key(&d->options, "external", "veth", name) &&
	    !options_of_key(&d->options, "external", "netdev", name) && !is_pair(d, name)) {
		option = arena_printf(&d->arena, "--external 'veth[%s]:NAME@BRIDGE'", name);
		say(d, CAUSE_NETDEV, name, option,
		    "is one end of a veth, and nothing is named for the other");
	}
	if (type == DEVICE_MACVLAN && !options_of_key(&d->options, "external", "macvlan", name)) {
		option = arena_printf(&d->arena, "--external 'macvlan[%s]:DEVICE'", name);
		say(d, CAUSE_NETDEV, name, option, "is a macvlan, and no device is named for it");
	}
}

static void take_namespace(struct doctor *d, const struct crw_message *ns, void *arg)
{
	const char *key = doctor_text(d, ns, "ext_key");

	if (*key && !options_inherit(&d->options, key))
		say(d, CAUSE_NETNS, key, arena_printf(&d->arena, "--inherit-fd 'fd[N]:%s'", key),
		    "is an external network namespace, and no descriptor is named for it");
}

void doctor_devices(struct doctor *d)
{
	doctor_each_image(d, "netdev", take_device, NULL);
	doctor_each_image(d, "netns", take_namespace, NULL);
}
