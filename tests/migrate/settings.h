/* SPDX-License-Identifier: GPL-2.0-only */
/* What the caller of a migration has said, for either side. */
#ifndef MIGRATE_SETTINGS_H
#define MIGRATE_SETTINGS_H

#include <stdbool.h>

#define PATH_SIZE 4096

struct settings {
	const char *dir;
	int commands, memory;
	int rounds; /* pre-dumps before the dump */
	int pid;
	const char *ask;          /* a command: what has come of it at the destination? */
	const char *cgroup_root;  /* "CONTROLLER:PATH" */
	bool lazy;                /* pages follow the tasks */
	const char *enough;       /* KiB of a round, after which the dump comes */
	const char *frozen_most;  /* ms from the dump's start to GO, and from there to its answer */
	const char *silence;      /* seconds without a sign of the other machine */
	bool nftables;            /* hold connections by it, not by iptables */
	const char *stop_at;      /* tests: the step at which this process is killed, */
	const char *interrupt_at; /* all of its terminal interrupted, */
	const char *run_at;       /* $AT_STEP run, */
	const char *cut_at;       /* the connection cut, */
	const char *criu_at;      /* or this side's CRIU killed */
};

extern struct settings set;

/* Each side. -1: not migrated; what went wrong has been said. */
int migrate_from(void);
int migrate_to(void);

#endif
