/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration of this host: /etc/criu/rewrite.conf, or the one that was installed
 * with the program; `option value` per line, `#` to the end of the line, in the manner
 * of CRIU's own files.
 */
#ifndef CRW_CONFIG_H
#define CRW_CONFIG_H

#include "../proto/bytes.h"
#include "../proto/error.h"
#include "criu-rewrite.h"

struct config_paths {
	const char **items;
	size_t count;
};

struct config {
	struct arena arena;
	const char *path;          /* of the file that was read, NULL when there is none */
	const char *masked;        /* the shipped one, if the host's took its place, else NULL */
	struct config_paths rules; /* files and directories, in order */
	struct config_paths programs[CRW_PROGRAM_KINDS]; /* by enum crw_program_kind */
	const char *preflight_facts; /* of the destination; NULL: dumps are not judged */
	const char *preflight_rules; /* of the destination; NULL: those above */
	bool continue_on_error;
	bool dry_run;
	const char *report; /* NULL: none */
	enum crw_log_level log_level;
	enum crw_syslog syslog;
	enum crw_view view;
	uint64_t limit_image;  /* bytes of one image */
	uint64_t limit_memory; /* bytes of all images together */
	struct buffer wrong;   /* a line for each thing that is wrong in the file */
};

/* The values that hold without a file. */
void config_init(struct config *config);
void config_free(struct config *config);

/* Reads `path`, or the default file (see crw_load_config). 1, 0 when there is
 * no file, -1. */
int config_load(struct config *config, const char *path, struct error *err);

/* Reads the first of the two files that exists; that the first is a link to /dev/null
 * means none. `shipped` must outlive the configuration. */
int config_load_host(struct config *config, const char *host, const char *shipped,
		     struct error *err);

/* Parses one text; `path` is for messages. */
int config_parse(struct config *config, const char *path, struct span text, struct error *err);

/*
 * The rules files behind one `rules` entry: the file itself, or for a
 * directory its *.rules in order of name. /etc/criu/rewrite.d stands for
 * itself, /run/criu/rewrite.d and CRW_DATADIR/rules.d: a file of the same name in the
 * earlier of them wins, and a link to /dev/null masks it. Those that are not in
 * force are listed, too.
 */
int config_list_rules(const char *path, struct arena *arena, struct crw_rules_file **files,
		      size_t *count, struct error *err);

/* The same for any directories, of which the earlier win; they may be missing. */
int config_list_directories(const char *const *dirs, size_t dir_count, struct arena *arena,
			    struct crw_rules_file **files, size_t *count, struct error *err);

#endif
