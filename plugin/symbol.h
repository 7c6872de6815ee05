/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How large what a program exports is. */
#ifndef CRW_SYMBOL_H
#define CRW_SYMBOL_H

#include <stddef.h>

/* The size of what dlsym() found at that address, from the symbols of the object that has
 * it, as dladdr1() of glibc tells; musl has no such function. 0: it is not known. */
size_t symbol_size(const void *at);

#endif
