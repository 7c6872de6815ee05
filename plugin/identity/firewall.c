/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall.h"

#include <stdio.h>
#include <string.h>

#include "../../rules/address.h"
#include "../../rules/text.h"
#include "../context.h"
#include "fields.h"
#include "words.h"

/* What a number stands behind. */
enum key {
	KEY_NONE,
	KEY_DESTINATION,
	KEY_SOURCE,
	KEY_EITHER,
	KEY_REDIRECT, /* to a port here */
	KEY_FORWARD,  /* to an address and a port */
};

struct firewall {
	const struct sockets *sockets;
	uint64_t protocol, old, fresh;
	size_t left; /* places that may be another host's */

	enum { SIDE_UNKNOWN, SIDE_IN, SIDE_OUT } side; /* of the chain */

	/* of the line, up to the word */
	enum key key;
	uint64_t line_protocol;
	bool to_own, from_own;
};

static const struct {
	const char *word;
	enum key key;
} keys[] = {
	{ "dport", KEY_DESTINATION },      { "dports", KEY_DESTINATION },
	{ "sport", KEY_SOURCE },           { "sports", KEY_SOURCE },
	{ "ports", KEY_EITHER },           { "to-ports", KEY_REDIRECT },
	{ "redirect", KEY_REDIRECT },      { "dnat", KEY_FORWARD },
	{ "to-destination", KEY_FORWARD }, { "elements", KEY_EITHER },
};

static const struct {
	const char *word;
	uint64_t protocol;
} protocols[] = {
	{ "tcp", SOCKET_TCP },
	{ "udp", SOCKET_UDP },
};

static const struct {
	const char *begins; /* the line, of nft with the hook of the chain, or has it */
	bool inside;
	int side;
} sides[] = {
	{ "table ", false, SIDE_UNKNOWN },       { "chain ", false, SIDE_UNKNOWN },
	{ "-A ", false, SIDE_UNKNOWN },          { "-A INPUT ", false, SIDE_IN },
	{ "-A PREROUTING ", false, SIDE_IN },    { "-A OUTPUT ", false, SIDE_OUT },
	{ "-A POSTROUTING ", false, SIDE_OUT },  { "hook input ", true, SIDE_IN },
	{ "hook prerouting ", true, SIDE_IN },   { "hook output ", true, SIDE_OUT },
	{ "hook postrouting ", true, SIDE_OUT },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* ---- lines ---------------------------------------------------------------------------- */

static struct span without_blanks(struct span line)
{
	while (line.size && (line.data[0] == '\t' || line.data[0] == ' '))
		line = span_of(line.data + 1, line.size - 1);
	return line;
}

/* The last that fits counts. */
static void begin_line(struct firewall *f, struct span text)
{
	struct span line = without_blanks(text);

	f->key = KEY_NONE;
	f->line_protocol = 0;
	f->to_own = f->from_own = false;
	for (size_t i = 0; i < COUNT(sides); i++) {
		size_t size = strlen(sides[i].begins);
		const void *at = memmem(line.data, line.size, sides[i].begins, size);

		if (at && (sides[i].inside || at == line.data))
			f->side = sides[i].side;
	}
}

/* ---- words ---------------------------------------------------------------------------- */

static struct span without_dashes(struct span word)
{
	while (word.size && word.data[0] == '-')
		word = span_of(word.data + 1, word.size - 1);
	return word;
}

/* Words that say what the next ones are. */
static bool take_key(struct firewall *f, struct span word)
{
	struct span name = without_dashes(word);

	for (size_t i = 0; i < COUNT(keys); i++)
		if (span_is(name, keys[i].word)) {
			f->key = keys[i].key;
			return true;
		}
	for (size_t i = 0; i < COUNT(protocols); i++)
		if (span_is(name, protocols[i].word)) {
			f->line_protocol = protocols[i].protocol;
			return true;
		}
	return f->key == KEY_FORWARD && (span_is(name, "ip") || span_is(name, "ip6"));
}

static void take_address(struct firewall *f, const struct value *v, struct span before)
{
	bool own = !address_is_subnet(v) && sockets_have(f->sockets, v);

	if (span_is(before, "-d") || span_is(before, "daddr") || f->key == KEY_FORWARD)
		f->to_own = own;
	if (span_is(before, "-s") || span_is(before, "saddr"))
		f->from_own = own;
}

static bool is_ours(const struct firewall *f)
{
	if (f->protocol && f->line_protocol != f->protocol)
		return false;
	switch (f->key) {
	case KEY_DESTINATION:
		return f->side == SIDE_IN || f->to_own;
	case KEY_SOURCE:
		return f->side == SIDE_OUT || f->from_own;
	case KEY_REDIRECT:
		return true;
	default:
		return f->key == KEY_FORWARD && f->to_own;
	}
}

/* Another protocol's port is no other host's. */
static bool is_meant(const struct firewall *f)
{
	return !f->protocol || !f->line_protocol || f->line_protocol == f->protocol;
}

/* "80-90", "80:90": one with both ports stays as it is. */
static void take_range(struct firewall *f, struct span word)
{
	const uint8_t *dash = memchr(word.data, '-', word.size);
	const uint8_t *at = dash ? dash : memchr(word.data, ':', word.size);
	size_t size = at ? (size_t)(at - word.data) : 0;
	number_t first, last;

	if (!at || !text_number(span_of(word.data, size), &first) ||
	    !text_number(span_of(at + 1, word.size - size - 1), &last))
		f->key = KEY_NONE;
	else if (first <= (number_t)f->old && (number_t)f->old <= last && is_meant(f) &&
		 !(is_ours(f) && first <= (number_t)f->fresh && (number_t)f->fresh <= last))
		f->left++;
}

static int take_number(struct firewall *f, struct span head, number_t n, struct buffer *out)
{
	if (n != (number_t)f->old || !is_meant(f))
		return 0;
	if (!is_ours(f)) {
		f->left++;
		return 0;
	}
	buffer_append(out, head);
	buffer_printf(out, "%llu", (unsigned long long)f->fresh);
	return 1;
}

/* "10.0.0.5:80" gives its address; ":80" has none. */
static struct span take_head(struct firewall *f, struct span word, struct span before)
{
	const uint8_t *colon = memrchr(word.data, ':', word.size);
	size_t size = colon ? (size_t)(colon - word.data) : 0;
	struct value v;

	if (!colon || (f->key != KEY_FORWARD && f->key != KEY_REDIRECT))
		return span_of(word.data, 0);
	if (size && address_parse(span_of(word.data, size), &v))
		take_address(f, &v, before);
	else if (size)
		return span_of(word.data, 0);
	return span_of(word.data, size + 1);
}

static int judge_word(void *ctx, struct span word, struct span before, struct buffer *out,
		      struct error *err)
{
	struct firewall *f = ctx;
	struct value address;
	struct span head;
	number_t n;

	if (take_key(f, word) || span_is(word, "to") || span_is(word, "."))
		return 0;
	if (address_parse(word, &address) && address.address_size != ADDRESS_MAC) {
		take_address(f, &address, before);
		return 0;
	}
	if (f->key == KEY_NONE)
		return 0;
	head = take_head(f, word, before);
	if (text_number(span_of(word.data + head.size, word.size - head.size), &n))
		return take_number(f, head, n, out);
	take_range(f, word);
	return 0;
}

static int judge_line(void *ctx, const struct rules_object *o, struct value *fresh,
		      struct error *err)
{
	if (o->now.type != VALUE_TEXT)
		return 0;
	begin_line(ctx, o->now.text);
	return words_change(o, judge_word, ctx, fresh, err);
}

int firewall_move_port(struct rules_call *call, const struct sockets *sockets, uint64_t protocol,
		       uint64_t old, uint64_t fresh, struct error *err)
{
	struct firewall f = {
		.sockets = sockets, .protocol = protocol, .old = old, .fresh = fresh
	};
	char text[200];

	if (fields_sweep(call, ROLE_LINE, judge_line, &f, err) < 0)
		return -1;
	snprintf(text, sizeof(text),
		 "the firewall of the checkpoint names port %llu where it may be another host's; "
		 "see nftables_entry get line, iptables_entry get line",
		 (unsigned long long)old);
	if (f.left)
		explain_say(call, text);
	return 0;
}
