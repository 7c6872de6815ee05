/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What takes more than two seconds says on the terminal what it is at:
 *
 *	criu-rewrite: 7 s, pages-1.img
 *
 * A timer writes the line anew each second, whatever the command waits for. The line goes
 * before anything else is printed. Where standard error is no terminal there is nothing,
 * not even the timer.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli.h"

#define SECONDS 2 /* until it begins */
#define NAME_MAX_SHOWN 60
#define COLUMNS_USED 30 /* by the rest of the line */

static bool active;         /* the timer runs */
static bool shares_stdout;  /* standard output is a terminal, too */
static size_t name_columns; /* how much of a name the terminal has room for */
static volatile sig_atomic_t seconds, shown;
/* What the command is at: one is filled in while the timer looks at the other. */
static char names[2][NAME_MAX_SHOWN + 1];
static volatile sig_atomic_t current;

static void append(char *line, size_t *size, const char *text)
{
	size_t length = strlen(text);

	memcpy(line + *size, text, length);
	*size += length;
}

static void append_number(char *line, size_t *size, unsigned number)
{
	char digits[12];
	size_t at = sizeof(digits) - 1;

	digits[at] = 0;
	do {
		digits[--at] = (char)('0' + number % 10);
	} while (number /= 10);
	append(line, size, digits + at);
}

/* Runs at any time: no more is called than a signal handler may. */
static void tick(int signal)
{
	char line[NAME_MAX_SHOWN + 64];
	const char *name = names[current];
	size_t size = 0;

	append(line, &size, "\rcriu-rewrite: ");
	append_number(line, &size, (unsigned)seconds++);
	append(line, &size, " s");
	append(line, &size, *name ? ", " : "");
	append(line, &size, name);
	append(line, &size, "\033[K");
	shown = 1;
	if (write(STDERR_FILENO, line, size) < 0)
		shown = 0;
}

void progress_begin(void)
{
	const struct itimerval timer = { .it_value.tv_sec = SECONDS, .it_interval.tv_sec = 1 };
	const struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART };
	const char *term = getenv("TERM");
	struct winsize size;

	if (!isatty(STDERR_FILENO) || (term && strcmp(term, "dumb") == 0))
		return;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		size.ws_col = NAME_MAX_SHOWN + COLUMNS_USED;
	name_columns = size.ws_col > COLUMNS_USED ? (size_t)size.ws_col - COLUMNS_USED : 0;
	if (name_columns > NAME_MAX_SHOWN)
		name_columns = NAME_MAX_SHOWN;
	shares_stdout = isatty(STDOUT_FILENO);
	seconds = SECONDS;
	active = sigaction(SIGALRM, &action, NULL) == 0 &&
		 setitimer(ITIMER_REAL, &timer, NULL) == 0;
}

void progress_at(const char *name)
{
	char *next = names[!current];
	size_t i;

	if (!active)
		return;
	for (i = 0; i < name_columns && name[i]; i++)
		next[i] = name[i] > ' ' && name[i] < 0x7f ? name[i] : '?';
	next[i] = 0;
	current = !current;
}

void progress_end(void)
{
	static const struct itimerval none;
	static const char erase[] = "\r\033[K";

	if (!active)
		return;
	active = false;
	setitimer(ITIMER_REAL, &none, NULL);
	if (shown && write(STDERR_FILENO, erase, sizeof(erase) - 1) < 0)
		shown = 0;
}

void progress_make_way(void)
{
	if (shares_stdout)
		progress_end();
}
