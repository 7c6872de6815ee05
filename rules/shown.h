/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of fields as `crit decode --pretty` shows them: LISTEN, O_RDWR | O_CLOEXEC,
 * 0:66, 0x1f, addresses; and names for unix sockets and MACs, as people write them.
 * What is shown so can be written so.
 */
#ifndef CRW_SHOWN_H
#define CRW_SHOWN_H

#include "suggest.h"
#include "value.h"

/* A repeated field whose words are one IP address. */
bool shown_is_address(const struct field_type *f);
/* What the words of a repeated field are together: an ADDRESS, or a NUMBER (capabilities);
 * NONE: a list. */
enum value_type shown_whole_type(const struct field_type *f);
/* Its words as that, and back; false when the value is no such thing. */
bool shown_whole(const struct field_type *f, const struct value *words, struct value *whole);
bool shown_words(const struct field_type *f, const struct value *whole, struct value words[4],
		 size_t *count);
/* False when they are no such thing. */
bool shown_put_whole(struct buffer *out, const struct field_type *f, const struct value *words);
/* Bytes that are a MAC address. */
bool shown_is_mac(const struct field_type *f);
/* Bytes that are the name of a unix socket: with a NUL at the end if it is a path. */
bool shown_is_unix_name(const struct field_type *f);
/* A number with names: words, flags, devices; not the words of capabilities. */
bool shown_has_names(const struct field_type *f);
/* A number whose bits have names. */
bool shown_has_flags(const struct field_type *f);

/* One of an enum, or of a field with words, that has no name here. */
bool shown_is_unknown(const struct field_type *f, number_t n);

/* False when the number is shown as it is. */
bool shown_put(struct buffer *out, const struct field_type *f, number_t n);
/* The number that a name, several flags or a device stand for. */
bool shown_number(const struct field_type *f, struct span text, number_t *n);
void shown_offer_names(const struct field_type *f, struct suggestion *s);
/* "LISTEN, CLOSE, ..." */
void shown_put_names(struct buffer *out, const struct field_type *f, size_t most);

#endif
