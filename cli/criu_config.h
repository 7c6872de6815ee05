/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What criu's own configuration files say of where its plugins are: /etc/criu/default.conf,
 * ~/.criu/default.conf, $CRIU_CONFIG_FILE, and --config FILE in place of the first two. The
 * form of a file, and the order in which a later one overrides, are those of criu 3.11 to
 * 4.3 (criu/config.c).
 */
#ifndef CRW_CRIU_CONFIG_H
#define CRW_CRIU_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* The directory that criu would take plugins from if it were called with these arguments and
 * no --libdir; false: none of the files names one. */
bool criu_config_libdir(const char *const *arguments, size_t count, char path[static PATH_MAX]);

#endif
