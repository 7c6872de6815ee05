/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The newest CRIU whose images the schema has. One that is newer works too: fields that
 * are not known are kept.
 */
#ifndef CRW_NEWEST_H
#define CRW_NEWEST_H

#define CRIU_NEWEST "4.3"
#define CRIU_NEWEST_NUMBER 40300
#define CRIU_NEWEST_HOOKS 17 /* that a plugin of it can have */

/* The one line that says so, behind "is ". */
#define CRIU_IS_NEWER                                                                              \
	"newer than " CRIU_NEWEST ": what it has added to images is kept as it is, and rules "     \
	"cannot name it"

#endif
