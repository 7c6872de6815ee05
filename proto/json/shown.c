/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "shown.h"

/* --- writing --- */

static void show_hex(number_t value, char *text, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t rest = (uint64_t)(value < 0 ? -value : value);
	char shown[20];
	size_t at = sizeof(shown);

	shown[--at] = '\0';
	do
		shown[--at] = digits[rest & 15];
	while (rest >>= 4);
	shown[--at] = 'x';
	shown[--at] = '0';
	if (value < 0)
		shown[--at] = '-';
	if (sizeof(shown) - at <= size)
		memcpy(text, shown + at, sizeof(shown) - at);
}

static size_t append(char text[JSON_SHOWN_MAX], size_t used, const char *more)
{
	size_t size = strlen(more);

	if (size >= JSON_SHOWN_MAX - used)
		return used;
	memcpy(text + used, more, size + 1);
	return used + size;
}

static void show_flags(const struct display_flag *const *flags, number_t value,
		       char text[JSON_SHOWN_MAX])
{
	number_t rest = value;
	size_t used = 0;

	text[0] = '\0';
	for (; *flags; flags++) {
		const uint64_t bits = (*flags)->bits;

		if (!bits || (rest & bits) != bits)
			continue;
		rest &= ~(number_t)bits;
		used = append(text, used, used ? " | " : "");
		used = append(text, used, (*flags)->name);
	}
	if (!rest)
		return;
	used = append(text, used, used ? " | " : "");
	show_hex(rest, text + used, JSON_SHOWN_MAX - used);
}

/* The kernel's own form has 20 bits for the minor number; user space has
 * both numbers in two parts each, as makedev(3). */
#define KERNEL_MINOR_BITS 20

static void show_device(bool user, uint64_t value, char text[JSON_SHOWN_MAX])
{
	uint64_t major = value >> KERNEL_MINOR_BITS, minor = value & ((1 << KERNEL_MINOR_BITS) - 1);

	if (!user) {
		snprintf(text, JSON_SHOWN_MAX, "%llu:%llu", (unsigned long long)major,
			 (unsigned long long)minor);
		return;
	}
	major = (value >> 8 & 0xfff) | (value >> 32 & 0xfffff000);
	minor = (value & 0xff) | (value >> 12 & 0xffffff00);
	/* "No device" is -1 in both parts. */
	snprintf(text, JSON_SHOWN_MAX, "%lld:%lld", major == UINT32_MAX ? -1LL : (long long)major,
		 minor == UINT32_MAX ? -1LL : (long long)minor);
}

static bool show_word(const struct json_field *f, number_t value, char text[JSON_SHOWN_MAX])
{
	const char *word = display_word(f->words, field_name(f->type), value);

	if (word)
		snprintf(text, JSON_SHOWN_MAX, "%s", word);
	return word != NULL;
}

bool json_shown(const struct json_field *f, bool hex, number_t value, char text[JSON_SHOWN_MAX])
{
	if (hex || f->hex)
		show_hex(value, text, JSON_SHOWN_MAX);
	else if (f->device)
		show_device(f->user_device, (uint64_t)value, text);
	else if (f->flags && f->flag_rows[0])
		show_flags(f->flag_rows, value, text);
	else if (f->flags)
		show_hex(value, text, JSON_SHOWN_MAX);
	else
		return f->words && show_word(f, value, text);
	return true;
}

/* --- reading --- */

static int digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static struct span skip(struct span s, size_t size)
{
	return span_of(s.data + size, s.size - size);
}

/* Takes 0x and its like off the front. */
static int take_base(struct span *digits)
{
	if (digits->size < 3 || digits->data[0] != '0')
		return 10;
	switch (digits->data[1] | 0x20) {
	case 'x':
		*digits = skip(*digits, 2);
		return 16;
	case 'o':
		*digits = skip(*digits, 2);
		return 8;
	case 'b':
		*digits = skip(*digits, 2);
		return 2;
	}
	return 10;
}

#define NUMBER_LIMIT ((number_t)1 << 65) /* no field takes as much */

static int fail_number(struct span text, struct error *err)
{
	return fail(err, "'%.*s' is not a number", (int)(text.size < 80 ? text.size : 80),
		    (const char *)text.data);
}

/* In decimal or behind 0x, 0o or 0b, with a sign perhaps. */
static int read_number(struct span text, number_t *value, struct error *err)
{
	struct span digits = text;
	bool negative = text.size > 0 && text.data[0] == '-';
	number_t sum = 0;
	int base;

	if (text.size > 0 && (negative || text.data[0] == '+'))
		digits = skip(digits, 1);
	base = take_base(&digits);
	if (digits.size == 0)
		return fail_number(text, err);
	for (size_t i = 0; i < digits.size; i++) {
		int digit = digit_value(digits.data[i]);

		if (digit >= base)
			return fail_number(text, err);
		if (sum < NUMBER_LIMIT)
			sum = sum * base + digit;
	}
	*value = negative ? -sum : sum;
	return 0;
}

static struct span trimmed(struct span s)
{
	while (s.size > 0 && s.data[0] == ' ')
		s = skip(s, 1);
	while (s.size > 0 && s.data[s.size - 1] == ' ')
		s.size--;
	return s;
}

/* Takes the part before the separator off the front. */
static struct span take_part(struct span *rest, char separator)
{
	const uint8_t *end = rest->size ? memchr(rest->data, separator, rest->size) : NULL;
	struct span part = *rest;

	if (!end) {
		*rest = span_of(NULL, 0);
		return part;
	}
	part.size = (size_t)(end - rest->data);
	*rest = skip(*rest, part.size + 1);
	return part;
}

static int flag_number(const struct json_field *field, struct span name, number_t *bits,
		       struct error *err)
{
	for (size_t i = 0; field->flag_rows[i]; i++) {
		if (span_is(name, field->flag_rows[i]->name)) {
			*bits = field->flag_rows[i]->bits;
			return 0;
		}
	}
	if (read_number(name, bits, err) < 0)
		return fail(err, "'%.*s' is neither a flag of %s nor a number",
			    (int)(name.size < 80 ? name.size : 80), (const char *)name.data,
			    field->flags);
	return 0;
}

static int flags_number(const struct json_field *field, struct span text, number_t *value,
			struct error *err)
{
	number_t bits;

	*value = 0;
	while (text.size > 0) {
		if (flag_number(field, trimmed(take_part(&text, '|')), &bits, err) < 0)
			return -1;
		*value |= bits;
	}
	return 0;
}

static int device_number(bool user, struct span text, number_t *value, struct error *err)
{
	struct span rest = text, first = take_part(&rest, ':');
	number_t left, right;
	uint32_t major, minor;

	if (read_number(trimmed(first), &left, err) < 0 ||
	    read_number(trimmed(rest), &right, err) < 0)
		return -1;
	if (!user) {
		if (left < 0 || right < 0 || right >> KERNEL_MINOR_BITS)
			return fail(err, "'%.*s' is not a device: the minor number has %d bits",
				    (int)(text.size < 80 ? text.size : 80), (const char *)text.data,
				    KERNEL_MINOR_BITS);
		*value = left << KERNEL_MINOR_BITS | right;
		return 0;
	}
	if (left < -1 || right < -1 || left > UINT32_MAX || right > UINT32_MAX)
		return fail(err, "a device number of more than 32 bits");
	major = (uint32_t)left;
	minor = (uint32_t)right;
	*value = (uint64_t)(major & 0xfff) << 8 | (uint64_t)(major & ~0xfffu) << 32 |
		 (minor & 0xff) | (uint64_t)(minor & ~0xffu) << 12;
	return 0;
}

int json_shown_number(const struct json_field *f, struct span text, number_t *value,
		      struct error *err)
{
	if (f->device && text.size > 0 && memchr(text.data, ':', text.size))
		return device_number(f->user_device, text, value, err);
	if (f->flags && f->flag_rows[0])
		return flags_number(f, text, value, err);
	if (f->words && display_word_number(f->words, field_name(f->type), text, value))
		return 0;
	return read_number(text, value, err);
}

/* --- addresses --- */

/* The longest run of two or more zeros, the first if there are several. */
static void find_zeros(const uint16_t groups[8], size_t *start, size_t *length)
{
	*start = 8;
	*length = 1;
	for (size_t i = 0; i < 8; i++) {
		size_t run = 0;

		while (i + run < 8 && groups[i + run] == 0)
			run++;
		if (run > *length) {
			*start = i;
			*length = run;
		}
		i += run ? run - 1 : 0;
	}
}

static bool is_mapped(const uint16_t groups[8])
{
	static const uint16_t prefix[6] = { 0, 0, 0, 0, 0, 0xffff };

	return memcmp(groups, prefix, sizeof(prefix)) == 0;
}

static void show_groups(const uint16_t groups[8], char text[JSON_SHOWN_MAX])
{
	size_t start, length, used = 0;

	find_zeros(groups, &start, &length);
	for (size_t i = 0; i < 8; i++) {
		if (i == start) {
			used += (size_t)snprintf(text + used, JSON_SHOWN_MAX - used, "::");
			i += length - 1;
			continue;
		}
		used += (size_t)snprintf(text + used, JSON_SHOWN_MAX - used, "%s%x",
					 used && i != start + length ? ":" : "", groups[i]);
	}
}

bool json_shown_address(const uint32_t *words, size_t count, char text[JSON_SHOWN_MAX])
{
	uint16_t groups[8];

	if (count != 1 && count != 4)
		return false;
	for (size_t i = 0; i < count; i++) {
		groups[2 * i] = (uint16_t)(ntohl(words[i]) >> 16);
		groups[2 * i + 1] = (uint16_t)ntohl(words[i]);
	}
	if (count == 1)
		snprintf(text, JSON_SHOWN_MAX, "%u.%u.%u.%u", groups[0] >> 8, groups[0] & 255u,
			 groups[1] >> 8, groups[1] & 255u);
	else if (is_mapped(groups))
		snprintf(text, JSON_SHOWN_MAX, "::ffff:%u.%u.%u.%u", groups[6] >> 8,
			 groups[6] & 255u, groups[7] >> 8, groups[7] & 255u);
	else
		show_groups(groups, text);
	return true;
}

int json_shown_words(struct span text, uint32_t words[4], struct error *err)
{
	char address[INET6_ADDRSTRLEN] = "";
	struct in6_addr six;
	struct in_addr four;

	if (text.size < sizeof(address))
		memcpy(address, text.data, text.size);
	if (inet_pton(AF_INET, address, &four) == 1) {
		words[0] = four.s_addr;
		return 1;
	}
	if (inet_pton(AF_INET6, address, &six) == 1) {
		memcpy(words, &six, sizeof(six));
		return 4;
	}
	return fail(err, "'%.*s' is not an IP address", (int)(text.size < 80 ? text.size : 80),
		    (const char *)text.data);
}
