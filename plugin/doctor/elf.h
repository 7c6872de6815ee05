/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of ELF files. */
#ifndef CRW_DOCTOR_ELF_H
#define CRW_DOCTOR_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUILD_ID_MAX 64 /* bytes; GNU ld writes 20 */

/* The build-id, by which CRIU tells one build of a program from another. Returns its size; 0
 * with errno 0 when there is none in the first notes of the file, or with the error. */
size_t elf_build_id(int fd, uint8_t id[BUILD_ID_MAX]);

/* Has it all that is mapped of it, so that loading it does not end in SIGBUS? When not, errno
 * is 0, or the error for which that cannot be seen. */
bool elf_is_whole(int fd);

#endif
