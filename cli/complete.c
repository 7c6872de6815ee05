/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * criu-rewrite --complete WORD...: what the last word of a command line may be, for the
 * completions of bash, zsh and fish (completion.*). A line for each: the word, a tab,
 * what it is. A line that begins with ':' tells the shell what else to do:
 *
 *	:file     offer files, too
 *	:nospace  the word goes on
 *
 * All of it comes from the rows of commands and options.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "archive.h"

/* The word under the cursor. */
struct typed {
	const char *word;
	const char *before; /* what stands ahead of each offer: "--color=" */
	size_t before_size;
};

static void offer(const struct typed *t, const char *word, const char *help)
{
	if (strncmp(word, t->word, strlen(t->word)) != 0)
		return;
	fwrite(t->before, 1, t->before_size, stdout);
	printf("%s\t%s\n", word, help);
}

/* ---- values ---------------------------------------------------------------- */

static void offer_facts(const struct typed *t, const char *behind)
{
	struct crw *crw = crw_new();
	const struct crw_fact *fact;
	char word[128];

	for (size_t i = 0; crw && (fact = crw_fact(crw, i)); i++) {
		snprintf(word, sizeof(word), "%s%s", fact->name, behind);
		offer(t, word, fact->help);
	}
	crw_free(crw);
}

/* "ps|fds|mems" */
static void offer_words(const struct typed *t, const char *words, size_t size)
{
	char word[32];

	for (const char *end = words + size; words < end; words += strcspn(words, "|") + 1) {
		size_t length = strcspn(words, "| ]");

		if (length < sizeof(word)) {
			snprintf(word, sizeof(word), "%.*s", (int)length, words);
			offer(t, word, "");
		}
	}
}

static void offer_images_of(const struct typed *t, int dir)
{
	DIR *entries = fdopendir(dir);
	const struct dirent *entry;

	while (entries && (entry = readdir(entries)))
		if (is_image_name(entry->d_name))
			offer(t, entry->d_name, "");
	if (entries)
		closedir(entries);
}

/* "ARCHIVE:IMAGE" */
static void offer_images(const struct typed *t)
{
	const char *colon = strrchr(t->word, ':');
	struct cli cli = { .command = &command_show };
	char path[4096];
	int fd = -1, dir = -1;

	if (!colon || snprintf(path, sizeof(path), "%.*s", (int)(colon - t->word), t->word) >=
			      (int)sizeof(path))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && archive_is(fd) && setup_open(&cli) == STATUS_DONE)
		dir = archive_unpack(&cli, path, fd, NULL);
	if (dir >= 0)
		offer_images_of(&(struct typed){ colon + 1, t->word, strlen(path) + 1 }, dir);
	crw_free(cli.crw);
	archive_forget(&cli);
	if (fd >= 0)
		close(fd);
}

static int take_name(void *arg, const char *name)
{
	offer(arg, name, "");
	return 0;
}

static int take_nothing(void *arg, const char *name)
{
	return 0;
}

/* A path may stand in the quotes of the shell. */
static void offer_path(const struct typed *t)
{
	const char *path = t->word;
	struct typed name = { "", path, crw_path_names(path, take_nothing, NULL) };

	name.word = path + name.before_size;
	crw_path_names(path, take_name, &name);
	puts(":nospace");
}

static bool has(const char *words, size_t size, const char *word)
{
	return memmem(words, size, word, strlen(word)) != NULL;
}

/* Of these there is nothing to choose from. */
static bool is_free(const char *kind, size_t size)
{
	static const char *const kinds[] = { "SIZE", "SECONDS", "N", "MOMENT" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i]) == size && memcmp(kinds[i], kind, size) == 0)
			return true;
	return false;
}

/* By what stands for it in the help: "FILE", "fit", "DIR|FILE". */
static void offer_value(const struct typed *t, const char *kind, size_t size)
{
	if (has(kind, size, "PATH"))
		offer_path(t);
	else if (has(kind, size, "NAME"))
		offer_facts(t, has(kind, size, "VALUE") ? "=" : "");
	else if (has(kind, size, "WHEN"))
		offer_words(t, "auto|never|always", 17);
	else if (islower((unsigned char)*kind))
		offer_words(t, kind, size);
	else if (!is_free(kind, size))
		puts(":file");
	if (has(kind, size, "VALUE"))
		puts(":nospace");
	if (has(kind, size, "IMAGE"))
		offer_images(t);
}

/* ---- words ------------------------------------------------------------------- */

/* What of a command line stands before the cursor. */
struct line {
	size_t operands;
	const struct option_row *waits; /* wants the next word; or NULL */
	bool ended;                     /* by "--" */
};

static void read_word(struct line *line, const struct command *command, const char *word)
{
	const struct option_row *row;

	if (line->waits) {
		line->waits = NULL;
		return;
	}
	if (line->ended || word[0] != '-' || !word[1]) {
		line->operands++;
		return;
	}
	line->ended = strcmp(word, "--") == 0;
	row = option_row_of(command, word);
	line->waits = row && row->argument && !strchr(word, '=') ? row : NULL;
}

/* The words of "DIR PATH", the last of which may be for all that follow. */
static void offer_operand(const struct typed *t, const struct command *command, size_t index)
{
	const char *kind = command->arguments + strspn(command->arguments, "[");
	const char *next;

	while (index && (next = strchr(kind, ' '))) {
		kind = next + 1 + strspn(next + 1, "[");
		index--;
	}
	if (*kind && (!index || strstr(kind, "...")))
		offer_value(t, kind, strcspn(kind, " ]"));
}

static void offer_options(const struct typed *t, const struct command *command)
{
	char word[64];
	const struct option_row *row;

	for (size_t i = 0; (row = option_row_at(command, i)); i++) {
		snprintf(word, sizeof(word), "--%s", row->name);
		offer(t, word, row->help);
	}
}

static void offer_word(const struct line *line, const struct command *command, const char *word)
{
	const char *equals = word[0] == '-' && word[1] == '-' ? strchr(word, '=') : NULL;
	const struct option_row *row = equals ? option_row_of(command, word) : line->waits;
	struct typed t = { .word = word };

	if (equals && !line->waits && !line->ended)
		t = (struct typed){ equals + 1, word, (size_t)(equals + 1 - word) };
	if (row && row->argument)
		offer_value(&t, row->argument, strlen(row->argument));
	else if (word[0] == '-' && !line->ended)
		offer_options(&t, command);
	else
		offer_operand(&t, command, line->operands);
}

static void offer_commands(const struct typed *t)
{
	for (const struct command *const *command = commands; *command; command++)
		offer(t, (*command)->name, (*command)->summary);
	offer(t, "--help", "");
	offer(t, "--version", "");
}

enum status complete(int count, char **words)
{
	struct line line = { 0 };
	const struct command *command = count > 1 ? find_command(words[0]) : NULL;

	if (count == 1)
		offer_commands(&(struct typed){ .word = words[0] });
	for (int i = 1; command && i < count - 1; i++)
		read_word(&line, command, words[i]);
	if (command)
		offer_word(&line, command, words[count - 1]);
	return STATUS_DONE;
}
