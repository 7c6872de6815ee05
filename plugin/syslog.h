/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The system's log, as syslog(3) writes to it: one datagram to /dev/log. Nothing of it
 * stays in the process, and it never waits: when nobody takes the line, it is lost.
 */
#ifndef CRW_SYSLOG_H
#define CRW_SYSLOG_H

enum syslog_level { SYSLOG_ERROR = 3, SYSLOG_WARNING = 4, SYSLOG_NOTICE = 5 }; /* of RFC 5424 */

#define SYSLOG_LINE_MAX 1024 /* bytes; the rest is cut */

/* Writes the first line of `text` under the name criu-rewrite, control characters escaped. */
void syslog_line(enum syslog_level level, const char *text);

#endif
