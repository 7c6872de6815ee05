/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "family.h"

#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "element.h"
#include "match.h"
#include "shown.h"

/* Words that an address has; 0: either may be. */
#define WORDS_V4 (ADDRESS_V4 / 4u)
#define WORDS_V6 (ADDRESS_V6 / 4u)

static const struct field_type *family_of(const struct message_type *m)
{
	static const char *const names[] = { "family", "ifa_family", "rtm_family", "frh_family" };
	const struct field_type *f = NULL;

	for (size_t i = 0; m && !f && i < sizeof(names) / sizeof(names[0]); i++)
		f = message_field(m, names[i], strlen(names[i]));
	return f;
}

static size_t words_of(uint64_t family)
{
	return family == AF_INET ? WORDS_V4 : family == AF_INET6 ? WORDS_V6 : 0;
}

/* "v4_src" of a connection that is tracked */
static size_t words_by_name(const struct field_type *f)
{
	if (strncmp(field_name(f), "v4_", 3) == 0)
		return WORDS_V4;
	return strncmp(field_name(f), "v6_", 3) == 0 ? WORDS_V6 : 0;
}

/* --- what is there --- */

static size_t words_by_family(const struct message_type *type, struct span body)
{
	const struct field_type *family = family_of(type);
	struct wire_field w;
	struct error ignored;
	size_t words = 0;

	while (family && wire_next_of(&body, field_number(family), &w, &ignored) > 0)
		words = words_of(w.scalar);
	return words;
}

static size_t words_there(const struct field_type *f, struct span body)
{
	struct wire_field w;
	struct error ignored;
	size_t words = 0;

	while (wire_next_of(&body, field_number(f), &w, &ignored) > 0)
		words += w.type == WIRE_BYTES ? element_count(f, w.bytes) : 1;
	return words == WORDS_V4 || words == WORDS_V6 ? words : 0;
}

/* Of any address of the message, where rules have made one without a family. */
static size_t words_beside(const struct message_type *type, struct span body)
{
	const struct field_type *f;
	size_t words = 0;

	for (size_t i = 0; !words && i < message_field_count(type); i++) {
		f = message_field_at(type, i);
		if (shown_is_address(f))
			words = words_there(f, body);
	}
	return words;
}

static size_t words_around(const struct match *m)
{
	size_t words = 0;

	for (; m && !words; m = m->parent)
		if (m->message)
			words = words_by_family(m->message, m->body);
	return words;
}

/* --- what is written --- */

static int words_by_written_family(struct eval *ev, const struct match *m,
				   const struct field_type *family, const struct write *writes,
				   size_t *words, struct error *err)
{
	struct element e;
	struct value v;

	for (const struct write *w = writes; family && w; w = w->next) {
		if (w->field != family || !w->value)
			continue;
		if (eval_expr(ev, w->value, m, &v, err) < 0 ||
		    element_convert(family, &v, ev->scratch, &e, err) < 0)
			return -1;
		*words = words_of(e.scalar);
	}
	return 0;
}

static int words_of_first(struct eval *ev, const struct match *m, const struct write *writes,
			  size_t *words, struct error *err)
{
	uint32_t ignored[WORDS_V6];
	struct value v, address;

	for (const struct write *w = writes; w && !*words; w = w->next) {
		if (!w->value || !shown_is_address(w->field))
			continue;
		if (eval_expr(ev, w->value, m, &v, err) < 0)
			return -1;
		if (address_of(&v, &address))
			*words = address_words(&address, ignored);
	}
	return 0;
}

/* --- both --- */

static int find_words(struct eval *ev, const struct match *m, const struct field_type *f,
		      const struct write *writes, struct span body, size_t *words,
		      struct error *err)
{
	const struct message_type *type = field_owner(f);
	const struct field_type *family = family_of(type);

	*words = words_by_name(f);
	if (!*words && words_by_written_family(ev, m, family, writes, words, err) < 0)
		return -1;
	if (!*words)
		*words = words_by_family(type, body);
	if (!*words)
		*words = words_there(f, body);
	if (!*words)
		*words = words_around(m);
	if (!*words && family)
		*words = words_beside(type, body);
	return !*words && family ? words_of_first(ev, m, writes, words, err) : 0;
}

static int fail_version(const struct field_type *f, size_t words, const struct value *address,
			struct error *err)
{
	const struct field_type *family = family_of(field_owner(f));
	cleanup_buffer struct buffer text = { 0 };

	address_print(&text, address);
	return fail(err, "'%s' of this %s holds an address of IPv%c%s%s%s, not %.*s", field_name(f),
		    message_name(field_owner(f)), words == WORDS_V4 ? '4' : '6',
		    family ? ", as its " : "", family ? field_name(family) : "",
		    family ? " says" : "", (int)text.size, (const char *)text.data);
}

/* Only sockets know mapped addresses. */
static struct value map_for_socket(const struct field_type *f, size_t words,
				   const struct value *address)
{
	if (strcmp(message_name(field_owner(f)), "inet_sk_entry") != 0)
		return *address;
	return words == WORDS_V6 ? address_map(address) : address_unmap(address);
}

int family_fit(struct eval *ev, const struct match *m, const struct field_type *f,
	       const struct write *writes, struct span body, struct value *v, struct error *err)
{
	struct value address;
	uint32_t ignored[WORDS_V6];
	size_t words;

	if (!shown_is_address(f) || !address_of(v, &address) || address_is_subnet(&address))
		return 0;
	if (find_words(ev, m, f, writes, body, &words, err) < 0)
		return -1;
	*v = words ? map_for_socket(f, words, &address) : address;
	if (!words || address_words(v, ignored) == words)
		return 0;
	return fail_version(f, words, &address, err);
}
