/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 *	close established			all connections to outside
 *	close established to 10.0.0.0/24, ...	those to there
 *
 * Connections of which the checkpoint has both ends are kept. The local address of one that
 * is closed stays, so that getsockname(2) says what it said; CRIU's own --tcp-close closes
 * all, those inside too.
 */
#include "../../rules/address.h"
#include "../../rules/args.h"
#include "sockets.h"
#include "verbs.h"

#define TARGETS_MAX 64

struct targets {
	struct value list[TARGETS_MAX];
	size_t count;
};

static int read_targets(struct verb_args *a, void *out, struct error *err)
{
	struct targets *t = out;

	if (args_need(a, "established", err) < 0)
		return -1;
	if (!args_word(a, "to"))
		return args_end(a, "'to' and an address, or the end of the line", err);
	for (;;) {
		if (t->count == TARGETS_MAX)
			return fail(err, "more than %d addresses", TARGETS_MAX);
		if (args_address(a, &t->list[t->count++], err) < 0)
			return -1;
		if (args_at_end(a))
			return 0;
		if (a->args[a->at].type != ARGUMENT_COMMA)
			return fail(err, "expected ',' between addresses");
		a->at++;
	}
}

static bool is_meant(const struct targets *t, const struct value *dst)
{
	for (size_t i = 0; i < t->count; i++)
		if (address_within(dst, &t->list[i]))
			return true;
	return t->count == 0;
}

static int run(struct rules_call *call, struct error *err)
{
	struct sockets sockets;
	int status;

	if (sockets_read(call, &sockets, err) < 0)
		return -1;
	for (size_t i = 0; i < sockets_count(&sockets); i++) {
		struct socket *s = sockets_at(&sockets, i);

		s->closes = socket_is_connection(s) && is_meant(call->wish, &s->dst) &&
			    !sockets_is_inside(&sockets, s);
	}
	status = sockets_close(call, &sockets, err);
	sockets_free(&sockets);
	return status;
}

const struct rules_verb verb_close = {
	NULL, "close", "close established [to ADDRESS, ...]", read_targets, sizeof(struct targets),
	run,
};
