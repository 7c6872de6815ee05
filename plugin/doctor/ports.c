/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses that sockets of the checkpoint are bound to, in the network namespace that
 * criu is in, and the sockets that are there now. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../hostfile.h"
#include "doctor.h"

#define STATE_CLOSE 7 /* TCP_CLOSE, TCP_LISTEN of the kernel's tcp_states.h */
#define STATE_LISTEN 10

struct bound {
	unsigned protocol, port;
	bool is_v6;
	uint32_t address[4]; /* as the kernel has it, one word for IPv4 */
};

struct ports {
	struct buffer here; /* of struct bound, by protocol and port */
};

/* ---- sockets of this host --------------------------------------------------- */

static int compare_ports(const void *a, const void *b)
{
	const struct bound *x = a, *y = b;

	if (x->protocol != y->protocol)
		return x->protocol < y->protocol ? -1 : 1;
	return (x->port > y->port) - (x->port < y->port);
}

/* "   0: 0100007F:1EDD 00000000:0000 0A ..." */
static void take_line(struct ports *ports, const char *line, struct bound bound)
{
	uint32_t *a = bound.address;
	unsigned state;
	int read = bound.is_v6 ? sscanf(line, " %*u: %8X%8X%8X%8X:%X %*[0-9A-F]:%*X %X", &a[0],
					&a[1], &a[2], &a[3], &bound.port, &state) :
				 sscanf(line, " %*u: %8X:%X %*[0-9A-F]:%*X %X", &a[0], &bound.port,
					&state);

	if (read == (bound.is_v6 ? 6 : 3) &&
	    (bound.protocol != IPPROTO_TCP || state == STATE_LISTEN))
		buffer_append(&ports->here, span_of(&bound, sizeof(bound)));
}

static void read_table(struct doctor *d, struct ports *ports, const char *path, struct bound bound)
{
	cleanup_buffer struct buffer text = { 0 };
	struct error err;
	int found = hostfile_read(d->root, path, HOSTFILE_MAX, &text, &err);
	char *rest = NULL;

	if (found < 0)
		doctor_find(d, CAUSE_PORT, CRW_LEVEL_UNKNOWN, path, NULL, "%s", err.text);
	if (found <= 0)
		return;
	for (char *line = strtok_r((char *)text.data, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		take_line(ports, line, bound);
}

static void read_tables(struct doctor *d, struct ports *ports)
{
	read_table(d, ports, "proc/net/tcp", (struct bound){ .protocol = IPPROTO_TCP });
	read_table(d, ports, "proc/net/tcp6",
		   (struct bound){ .protocol = IPPROTO_TCP, .is_v6 = true });
	read_table(d, ports, "proc/net/udp", (struct bound){ .protocol = IPPROTO_UDP });
	read_table(d, ports, "proc/net/udp6",
		   (struct bound){ .protocol = IPPROTO_UDP, .is_v6 = true });
	if (ports->here.size)
		qsort(ports->here.data, ports->here.size / sizeof(struct bound),
		      sizeof(struct bound), compare_ports);
}

/* ---- sockets of the checkpoint ----------------------------------------------- */

static bool is_any(const struct bound *b)
{
	static const uint32_t any[4];

	return memcmp(b->address, any, sizeof(any)) == 0;
}

/* IPv6's "any" takes IPv4 with it, mostly. */
static bool clash(const struct bound *a, const struct bound *b)
{
	if (a->is_v6 != b->is_v6)
		return is_any(a->is_v6 ? a : b);
	return is_any(a) || is_any(b) || memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

static const struct bound *find_clash(const struct ports *ports, const struct bound *wanted)
{
	const struct bound *here = (const void *)ports->here.data;
	size_t low = 0, high = ports->here.size / sizeof(*here), count = high;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_ports(&here[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < count && compare_ports(&here[low], wanted) == 0; low++)
		if (clash(&here[low], wanted))
			return &here[low];
	return NULL;
}

static void show(const struct bound *b, char *text, size_t size)
{
	char address[INET6_ADDRSTRLEN] = "?";

	inet_ntop(b->is_v6 ? AF_INET6 : AF_INET, b->address, address, sizeof(address));
	snprintf(text, size, "%s %s%s%s:%u", b->protocol == IPPROTO_TCP ? "tcp" : "udp",
		 b->is_v6 ? "[" : "", address, b->is_v6 ? "]" : "", b->port);
}

static void say_taken(struct doctor *d, const struct crw_message *socket,
		      const struct bound *wanted, const struct bound *taken)
{
	bool may_share = doctor_number(d, socket, "opts.so_reuseport", 0) ||
			 wanted->is_v6 != taken->is_v6;
	char thing[80], by[80];

	show(wanted, thing, sizeof(thing));
	show(taken, by, sizeof(by));
	doctor_find(d, CAUSE_PORT, may_share ? CRW_LEVEL_WARNING : CRW_LEVEL_FAILURE, thing, NULL,
		    "is taken on this host by %s%s", by, may_share ? ", unless both share it" : "");
}

static void say_connected(struct doctor *d, const struct bound *bound)
{
	char thing[80];

	show(bound, thing, sizeof(thing));
	doctor_find(d, CAUSE_TCP, CRW_LEVEL_FAILURE, thing,
		    "give criu or the runtime --tcp-established, or --tcp-close, and tell doctor: "
		    "-- --tcp-established",
		    "is a connection, which is not restored without an option");
}

static bool is_connected(const struct bound *bound, uint64_t state)
{
	return bound->protocol == IPPROTO_TCP && state != STATE_CLOSE && state != STATE_LISTEN;
}

static void read_address(struct doctor *d, const struct crw_message *socket, struct bound *bound)
{
	struct crw_value word = { .number = 0 };

	for (size_t i = 0; i < 4 && crw_get_next(d->crw, socket, "src_addr", &word) > 0; i++)
		bound->address[i] = (uint32_t)word.number;
}

static bool is_in_own_namespace(struct doctor *d, const struct crw_message *socket)
{
	uint64_t ns = doctor_number(d, socket, "ns_id", d->ids[DOCTOR_NET]);

	return d->dumper[DOCTOR_NET] && ns && ns != d->dumper[DOCTOR_NET];
}

static void take_socket(struct doctor *d, const struct crw_message *socket, void *arg)
{
	uint64_t state = doctor_number(d, socket, "state", 0);
	const struct bound *taken;
	struct bound bound = {
		.protocol = (unsigned)doctor_number(d, socket, "proto", 0),
		.port = (unsigned)doctor_number(d, socket, "src_port", 0),
		.is_v6 = doctor_number(d, socket, "family", 0) == AF_INET6,
	};

	if (!doctor_look(d))
		return;
	read_address(d, socket, &bound);
	if (is_connected(&bound, state)) {
		if (!options_get(&d->options, "tcp-established", 0) &&
		    !options_get(&d->options, "tcp-close", 0))
			say_connected(d, &bound);
		return;
	}
	taken = bound.port && !is_in_own_namespace(d, socket) ? find_clash(arg, &bound) : NULL;
	if (taken)
		say_taken(d, socket, &bound, taken);
}

void doctor_ports(struct doctor *d)
{
	struct ports ports = { .here = { .size = 0 } };

	read_tables(d, &ports);
	doctor_each_file(d, "isk", "inetsk.img", take_socket, &ports);
	buffer_free(&ports.here);
}
