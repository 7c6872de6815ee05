/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses of networks: IP addresses, subnets and MACs, read and written as people
 * do. Inside of them all bytes stand in network order, as in images. An IPv4 address
 * that is mapped into IPv6 (::ffff:10.0.0.5, RFC 4291 2.5.5.2) is the IPv4 address
 * wherever two are compared.
 */
#ifndef CRW_ADDRESS_H
#define CRW_ADDRESS_H

#include "value.h"

#define ADDRESS_V4 4
#define ADDRESS_V6 16
#define ADDRESS_MAC 6
#define ADDRESS_TEXT_MAX 63 /* bytes of one as text */

/* "10.0.0.5", "10.0.0.0/24", "fd00::/8", "02:42:ac:11:00:02"; false: it is none. */
bool address_parse(struct span text, struct value *out);
void address_print(struct buffer *out, const struct value *v);

/* What a value says: an address, a text, or the words of an image (one or four).
 * False: none. */
bool address_of(const struct value *v, struct value *out);
/* The same of bytes as they stand in images: of a MAC, or of either IP. */
bool address_of_bytes(struct span bytes, struct value *out);
/* The words that images hold; returns how many, 0 for what is no IP address. */
size_t address_words(const struct value *v, uint32_t words[4]);

bool address_is_subnet(const struct value *address);
bool address_is_mapped(const struct value *address);
/* An IPv4 address as IPv6, the rest as it is; and back. */
struct value address_map(const struct value *v);
struct value address_unmap(const struct value *v);

/* 0.0.0.0 or ::, or no address at all. */
bool address_is_any(const struct value *v);

/* Both may be what address_of() takes. */
bool address_equal(const struct value *a, const struct value *b);
/* Is the address, or the whole subnet, in the subnet? */
bool address_within(const struct value *inner, const struct value *outer);

/*
 * An address, or a subnet, that lies in `from`, at the same place in `to`; any other
 * stays as it is. -1 when `to` is too small for it, or of another family.
 */
int address_carry(const struct value *v, const struct value *from, const struct value *to,
		  struct value *out, struct error *err);

#endif
