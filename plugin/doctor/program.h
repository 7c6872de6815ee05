/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs of this host. */
#ifndef CRW_DOCTOR_PROGRAM_H
#define CRW_DOCTOR_PROGRAM_H

#include "doctor.h"

#define PROGRAM_TEXT_MAX 16384 /* bytes of output that are kept */
#define PROGRAM_SECONDS 10     /* after which it is killed */
#define PROGRAM_WORDS_MAX 256  /* arguments */

/* Its path below the root, in PATH or where root has its programs; NULL: not there. */
const char *program_find(struct doctor *d, const char *name);

/* Runs it with these arguments, NULL-terminated, and waits; `text` gets what it prints to
 * both outputs. Its exit status, or -1 when it could not be run, was killed or did not end in
 * time. */
int program_run(const char *path, const char *const *arguments, char text[PROGRAM_TEXT_MAX]);

#endif
