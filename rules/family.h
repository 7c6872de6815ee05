/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which version of IP the addresses in a message are of: that of its family, or of the
 * family of a message around it. CRIU, ip(8) and the kernel take an address by its family,
 * whatever it is.
 */
#ifndef CRW_FAMILY_H
#define CRW_FAMILY_H

#include "eval.h"

/*
 * A value for the field `f` of the message `body`, to which all of `writes` are written at
 * once, as the field can hold it: in a socket an IPv4 address is mapped into IPv6, or out of
 * it. `m` is what the values are about, the message or one around it. Values for other
 * fields, and what is no address, stay as they are. -1 with the field, the version that it
 * holds, and the value that is of the other.
 */
int family_fit(struct eval *ev, const struct match *m, const struct field_type *f,
	       const struct write *writes, struct span body, struct value *v, struct error *err);

#endif
