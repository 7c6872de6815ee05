/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Live migration over CRIU's RPC that cannot lose the source: an example to copy.
 *
 *	migrate from PID DIR COMMANDS MEMORY ROUNDS [OPTION...]
 *	migrate to DIR COMMANDS MEMORY [OPTION...]
 *	migrate outcome DIR [SECONDS]
 *
 * COMMANDS and MEMORY are descriptors of two streams to the other side, which the caller
 * has made and secured: one for all that is said, one for the pages of all rounds. Neither
 * side starts a program per round: pre-dumps and the dump go through one `criu swrk`.
 *
 *	source					destination
 *	ROUND n				->	page server on MEMORY
 *	pre-dump, or the last time dump	=>	pages of round n
 *	ROUND_SENT			->	waits for the page server
 *	  (at post-dump: all is written, the tasks are stopped, connections held)
 *	FILE...				->	all other images
 *	RESTORE				->	restore, as our own child
 *					<-	YES at post-restore: all is there and waits
 *	GO				->	lets CRIU go on
 *					<-	YES: they run
 *	answers CRIU: yes. The source ends.
 *
 * With `--lazy` there are no rounds, whatever ROUNDS is, and no memory is sent before GO but what a restore cannot
 * be without; the rest is fetched by `criu lazy-pages` while the tasks run there already:
 *
 *	dump, into files
 *	FILE..., PAGE...		->	images, with holes for what can wait
 *	LAZY				->	`criu lazy-pages`
 *	RESTORE, YES, GO			as above
 *	pages			       <=>	of MEMORY, as they are asked for
 *					<-	YES: they run and have all their pages
 *
 * Whatever fails before that last YES is a no to CRIU at post-dump, after which the source
 * goes on with its connections, and to CRIU at post-restore, which ends what is there. In
 * one place a broken connection leaves the source in doubt: between GO and its YES. Then it
 * stays stopped until the destination can be asked (`--ask COMMAND`, which runs `migrate
 * outcome DIR` there): exit status 10, they run; 11, they do not and never will; any other,
 * which a command that fails may have, and it is asked again. The destination notes what it has
 * done (outcome.h), under a lock that it and its CRIU hold to their end. One that does not decide
 * is not waited for longer than SECONDS: it may let nothing go any more then. With `--lazy` that place lasts until all pages are there; what goes
 * wrong in it ends the tasks there, and they go on here as they were at the dump.
 *
 * Before GO the source sends its tasks SIGSTOP. CRIU traces them still, so that it takes effect when CRIU ends, or lets
 * them go after a no of somebody else: they do nothing here until it is known where they run.
 *
 * `--enough KIB`: a round with no more is the last one before the dump. `--frozen MS`, by default
 * ten minutes: not yet at GO after that, the tasks go on here; without an answer to it after that,
 * the destination is asked. `--silence SECONDS`, a minute: a connection over TCP on which nothing is
 * heard of the other machine for that long is broken.
 *
 * The source is two processes: one that does the work, and one that holds CRIU's socket as
 * well. CRIU takes a socket that is closed for a no; that would be wrong where the tasks run
 * at the destination already, so should the first be killed there, the second answers.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "outcome.h"
#include "progress.h"
#include "settings.h"

struct settings set;

#define FROZEN_MOST_MS "600000"
#define SILENCE_SECONDS "60"

static bool take_flag(const char *word)
{
	if (strcmp(word, "--nftables") == 0)
		set.nftables = true;
	else if (strcmp(word, "--lazy") == 0)
		set.lazy = true;
	else
		return false;
	return true;
}

/* False: there is no such option, or it has no value. */
static bool take_option(char **argv)
{
	static const struct {
		const char *name;
		const char **value;
	} options[] = {
		{ "--ask", &set.ask },         { "--cgroup-root", &set.cgroup_root },
		{ "--enough", &set.enough },   { "--frozen", &set.frozen_most },
		{ "--silence", &set.silence }, { "--stop-at", &set.stop_at },
		{ "--cut-at", &set.cut_at },   { "--interrupt-at", &set.interrupt_at },
		{ "--run-at", &set.run_at },   { "--criu-at", &set.criu_at },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(argv[0], options[i].name) == 0 && argv[1]) {
			*options[i].value = argv[1];
			return true;
		}
	return false;
}

static int take_options(char **argv)
{
	set.frozen_most = FROZEN_MOST_MS;
	set.silence = SILENCE_SECONDS;
	for (; *argv; argv++)
		if (!take_flag(*argv) && !take_option(argv++))
			return complain("%s: there is no such option, or it has no value",
					argv[-1]);
	if (set.pid && !set.ask)
		return complain("--ask is missing: how to ask the destination if it is in doubt");
	return 0;
}

/* DIR COMMANDS MEMORY */
static void take_places(char **argv)
{
	set.dir = argv[0];
	set.commands = atoi(argv[1]);
	set.memory = atoi(argv[2]);
	fcntl(set.commands, F_SETFD, FD_CLOEXEC);
}

static int migrate(void)
{
	stream_watch(set.commands, atoi(set.silence), true);
	stream_watch(set.memory, atoi(set.silence), false);
	if (set.lazy) { /* pages are ours to serve: criu's copy would keep the stream open */
		fcntl(set.memory, F_SETFD, FD_CLOEXEC);
		set.rounds = 0;
	}
	return (set.pid ? migrate_from() : migrate_to()) < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc >= 3 && strcmp(argv[1], "outcome") == 0)
		return outcome_find(argv[2], argv[3] ? atoi(argv[3]) : OUTCOME_PATIENCE);
	if (argc >= 5 && strcmp(argv[1], "to") == 0) {
		take_places(argv + 2);
		return take_options(argv + 5) < 0 ? 2 : migrate();
	}
	if (argc >= 7 && strcmp(argv[1], "from") == 0 && (set.pid = atoi(argv[2])) > 0) {
		take_places(argv + 3);
		set.rounds = atoi(argv[6]);
		return take_options(argv + 7) < 0 ? 2 : migrate();
	}
	fprintf(stderr, "usage: see the head of migrate.c\n");
	return 2;
}
