/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Netlink messages as messages of the schema, and back: each attribute of raw.def is a
 * field. Nothing is lost: attributes that raw.def does not have, or that are not of its
 * form, are in `attributes`, and what is no attribute is in `rest`.
 * Format: Linux, include/uapi/linux/netlink.h; numbers as this machine has them.
 */
#ifndef CRW_NETLINK_H
#define CRW_NETLINK_H

#include "schema.h"

#define NETLINK_ALIGN 4u
#define NETLINK_MESSAGE_MAX 16384u /* iproute2 restores no longer ones */

/* Takes the message at the front of *rest, with what fills it up, and appends its fields to
 * `out`. 1, 0 at the end, -1 when it is cut off. */
int netlink_read(const struct message_type *type, struct span *rest, struct buffer *out,
		 struct error *err);

/* Appends the message with these fields, filled up to NETLINK_ALIGN. -1 when a number does
 * not fit its place, or the message is too long. */
int netlink_write(const struct message_type *type, struct span fields, struct buffer *out,
		  struct error *err);

/* Does the field hold an IP address, as words in network order? */
bool netlink_is_address(const struct message_type *type, uint32_t number);

/* Has this message no order of its own, since that of its attributes means nothing? */
bool netlink_is_message(const struct message_type *type);

#endif
