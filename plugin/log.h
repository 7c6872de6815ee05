/* SPDX-License-Identifier: GPL-2.0-only */
/* What a dump or restore tells: to CRIU's log, to the system's, and in the report. */
#ifndef CRW_LOG_H
#define CRW_LOG_H

#include <time.h>

#include "context.h"

/* crw_new(). NULL when CRIU has been told why. */
struct crw *log_new(void);

/* An error, and what stops CRIU unless it goes on. */
void log_error(const struct crw *crw, const char *text, bool go_on);

/* The same, where the configuration says whether it goes on, which is 0, or -1. `without` is
 * what goes on then, for the message. */
int log_failure(struct crw *crw, const struct error *err, const char *without);

/* Each line of crw_diagnostics(). */
void log_diagnostics(const struct crw *crw);

void log_changes(const struct crw *crw);

/* What the front for the runtime has done to its spec before this restore. */
void log_fitted(const struct crw *crw);

/* The files that rules came from, and the facts that they asked for; for debug. */
void log_sources(const struct crw *crw);

/* What verbs left undone; for debug also rules that matched nothing, and rules that override
 * each other. */
void log_notes(const struct crw *crw);

/* How long it took since `start`; for debug. */
void log_cost(const struct crw *crw, const struct timespec *start);

/* That the dump of these images was refused, so that its tasks lived on. */
void log_veto(struct crw *crw, int image_dir);

/* That this CRIU is newer than what is known here. */
void log_newer(const struct crw *crw);

/* Writes the report of the configuration. One that cannot be written is no reason to stop a
 * restore. */
void log_report(const struct crw *crw);

#endif
