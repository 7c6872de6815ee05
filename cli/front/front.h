/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The front: a small static program that stands in for runc or crun, under their
 * names. Of a restore it fits the spec of the bundle first, by `criu-rewrite oci
 * fit`; everything else goes to the real runtime as it came, and so does a restore
 * when the front cannot do its work. Under the name of criu it lets --lib name a
 * file, by `criu-rewrite criu`, and passes on everything else.
 *
 * It is the process that becomes the runtime: no descriptor, signal or id of it
 * changes, and its environment gets two variables.
 */
#ifndef CRW_FRONT_H
#define CRW_FRONT_H

#include <stdbool.h>

/* The programs that this process was before: itself, and what it executes. A
 * wrapper that calls the front again would call each other for ever. */
#define FRONT_CHAIN "CRIU_REWRITE_FRONT"
/* The bundle if the command line is that of a restore, else NULL. */
const char *front_bundle(char **argv);

/* Fits config.json in the bundle. What cannot be done goes to the system's log. */
void front_fit(const char *bundle);

/* Of a call of criu with a plugin that is named as a file: becomes `criu-rewrite criu`,
 * or ends with 127 when it is not there. Returns when it is another call. */
void front_criu(int argc, char **argv);

/* Becomes the runtime of that name. Returns only when there is none. */
void front_become(const char *name, char **argv);

/* The end of a path. */
const char *front_base(const char *path);

#endif
