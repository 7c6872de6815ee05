/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "names.h"

static const struct {
	const char *type;  /* of fd_types */
	const char *field; /* of an entry of files.img, which newer CRIUs write */
	const char *image; /* that older ones write */
} kinds[NAME_KINDS + 1] = {
	[NAME_REGULAR] = { "REG", "reg", "reg-files.img" },
	[NAME_PIPE] = { "PIPE", "pipe", "pipes.img" },
	[NAME_UNIX] = { "UNIXSK", "usk", "unixsk.img" },
	[NAME_KINDS] = { NULL, NULL, "files.img" },
};

bool names_kind(const char *type, enum name_kind *kind)
{
	for (int i = 0; i < NAME_KINDS; i++) {
		if (strcmp(type, kinds[i].type) == 0) {
			*kind = (enum name_kind)i;
			return true;
		}
	}
	return false;
}

/* ---- looking up ----------------------------------------------------------- */

static void tell(struct names *n, int image, enum status *status)
{
	if (!n->told[image])
		*status = complain("%s: %s", kinds[image].image, crw_error(n->crw));
	n->told[image] = true;
}

static bool find_entry(struct names *n, int image, uint64_t id, struct crw_message *entry,
		       enum status *status)
{
	int found;

	if (!n->opened[image] &&
	    crw_reader_open_at(n->crw, n->dir, kinds[image].image, &n->readers[image]) < 0)
		tell(n, image, status);
	n->opened[image] = true;
	if (!n->readers[image])
		return false;
	found = crw_reader_find(n->readers[image], "id", id, entry);
	if (found < 0) {
		tell(n, image, status);
		found = crw_reader_find(n->readers[image], "id", id, entry);
	}
	return found > 0;
}

static bool look_up(struct names *n, enum name_kind kind, uint64_t id, struct crw_message *file,
		    enum status *status)
{
	struct crw_message entry;
	struct crw_value value;

	if (!find_entry(n, NAME_KINDS, id, &entry, status))
		return find_entry(n, (int)kind, id, file, status);
	if (crw_get(n->crw, &entry, kinds[kind].field, &value) <= 0)
		return false;
	*file = value.message;
	return true;
}

/* The message that describes the file. Often it is the same as before, as a file is
 * mapped in several parts. */
static bool find_file(struct names *n, enum name_kind kind, uint64_t id, struct crw_message *file,
		      enum status *status)
{
	if (!n->last.data || n->last_kind != kind || n->last_id != id) {
		n->last.data = NULL;
		if (!look_up(n, kind, id, file, status))
			return false;
		n->last = *file;
		n->last_kind = kind;
		n->last_id = id;
	}
	*file = n->last;
	return true;
}

/* ---- printing ------------------------------------------------------------- */

/* What the file has for a name, or else `none`. */
static void print_name(struct names *n, FILE *out, const struct crw_message *file,
		       const char *before, const char *none)
{
	struct crw_value value;
	char *text = crw_get(n->crw, file, "name", &value) > 0 && value.size ?
			     crw_value_text(&value) :
			     NULL;

	if (text)
		fputs(before, out);
	put_text(out, text ? text : none);
	free(text);
}

static void print_pipe(struct names *n, FILE *out, const struct crw_message *file)
{
	fprintf(out, "pipe[%llu]", (unsigned long long)crw_get_number(n->crw, file, "pipe_id"));
}

static void print_unix(struct names *n, FILE *out, const struct crw_message *file)
{
	fprintf(out, "unix[%llu (%llu)", (unsigned long long)crw_get_number(n->crw, file, "ino"),
		(unsigned long long)crw_get_number(n->crw, file, "peer"));
	print_name(n, out, file, " ", "");
	putc(']', out);
}

enum status names_print(struct names *n, FILE *out, enum name_kind kind, uint64_t id)
{
	static const char *const nowhere[] = { "unknown path", "pipe[?]", "unix[?]" };
	enum status status = STATUS_DONE;
	struct crw_message file;

	if (!find_file(n, kind, id, &file, &status))
		fputs(nowhere[kind], out);
	else if (kind == NAME_REGULAR)
		print_name(n, out, &file, "", nowhere[kind]);
	else if (kind == NAME_PIPE)
		print_pipe(n, out, &file);
	else
		print_unix(n, out, &file);
	return status;
}

void names_free(struct names *n)
{
	for (int i = 0; i <= NAME_KINDS; i++)
		crw_reader_close(n->readers[i]);
}
