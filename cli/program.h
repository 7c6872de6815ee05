/* SPDX-License-Identifier: GPL-2.0-only */
/* A program of the host that is run at a moment of a restore. */
#ifndef CRW_PROGRAM_H
#define CRW_PROGRAM_H

#define PROGRAM_WHY_MAX 900

/*
 * Runs it with the report of the restore as standard input, its output to ours, no
 * other file open, "/" as working directory, and an environment of
 *
 *	PATH			/usr/sbin:/usr/bin:/sbin:/bin
 *	CRIU_REWRITE_MOMENT	as given
 *	CRIU_REWRITE_IMAGES	the directory of the images, as CRIU sees it
 *	CRIU_REWRITE_PID	the first task, if there is one yet
 *
 * 0 when it ended with status 0 in time, else -1 with the reason. One that takes longer
 * is killed, and so is what it has started and not put into a session of its own.
 */
int program_run(const char *path, const char *moment, unsigned seconds,
		char why[static PROGRAM_WHY_MAX]);

#endif
