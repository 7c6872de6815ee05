/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory that criu is given with --libdir: CRIU cannot be told a file, and loads
 * every plugin of a directory. It is the caller's alone and has nothing in it but links
 * to plugins, ours and those that criu would load without us, and perhaps a
 * configuration for ours.
 */
#ifndef CRW_PLUGINS_H
#define CRW_PLUGINS_H

#include <limits.h>

#include "cli.h"

struct plugins {
	char path[PATH_MAX];          /* of the directory */
	char configuration[PATH_MAX]; /* for the plugin; "": whichever it finds */
};

/* Makes it, in $TMPDIR or /tmp, with the plugin of that path as rewrite.so. What else is
 * the directory where criu would look comes along, but for what is called rewrite.so there:
 * that of `libdir` in criu's configuration files, of $CRIU_LIBS_DIR, or else the usual one. */
enum status plugins_make(struct plugins *plugins, const struct cli *cli, const char *plugin);

/* Has the plugin read the rules of all --rules. */
enum status plugins_put_rules(struct plugins *plugins, const struct cli *cli);

void plugins_remove(const struct plugins *plugins);

#endif
