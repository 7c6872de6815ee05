/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The build-id of an ELF file, by which CRIU tells one build of it from another. */
#ifndef CRW_BUILD_ID_H
#define CRW_BUILD_ID_H

#include <stddef.h>
#include <stdint.h>

#define BUILD_ID_MAX 64 /* bytes; GNU ld writes 20 */

/* Returns its size, 0 when there is none in the first notes of the file. */
size_t build_id_read(int fd, uint8_t id[BUILD_ID_MAX]);

#endif
