/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "names.h"

#define WANTED UINT64_MAX

/* ---- kinds ---------------------------------------------------------------- */

/* What is printed for a file, free() it; NULL stands for one that is nowhere. */
static char *name_of_regular(const char *file)
{
	char *name = object_text(file, "name");

	if (name && *name)
		return name;
	free(name);
	return strdup("unknown path");
}

static char *name_of_pipe(const char *file)
{
	char *name = NULL;

	if (!file)
		return strdup("pipe[?]");
	return asprintf(&name, "pipe[%llu]",
			(unsigned long long)object_number(file, "pipe_id")) < 0 ? NULL : name;
}

static char *name_of_unix(const char *file)
{
	char *path, *name = NULL;

	if (!file)
		return strdup("unix[?]");
	path = object_text(file, "name");
	if (asprintf(&name, "unix[%llu (%llu)%s%s]",
		     (unsigned long long)object_number(file, "ino"),
		     (unsigned long long)object_number(file, "peer"), path && *path ? " " : "",
		     path ? path : "") < 0)
		name = NULL;
	free(path);
	return name;
}

static const struct {
	const char *type;   /* of fd_types */
	const char *member; /* of an entry of files.img, which newer CRIUs write */
	const char *image;  /* that older ones write */
	char *(*name_of)(const char *file);
} kinds[NAME_KINDS] = {
	[NAME_REGULAR] = { "REG", "reg", "reg-files.img", name_of_regular },
	[NAME_PIPE] = { "PIPE", "pipe", "pipes.img", name_of_pipe },
	[NAME_UNIX] = { "UNIXSK", "usk", "unixsk.img", name_of_unix },
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

/* ---- asking --------------------------------------------------------------- */

static size_t count(const struct names *n)
{
	size_t sum = 0;

	for (int i = 0; i < NAME_KINDS; i++)
		sum += n->of[i].count;
	return sum;
}

bool names_full(const struct names *n)
{
	return n->wanted && count(n) >= NAMES_MAX;
}

/* The first that is wanted begins a new round, to which half of the room at
 * least belongs. */
static void make_room(struct names *n)
{
	if (n->wanted || count(n) <= NAMES_MAX / 2)
		return;
	for (int i = 0; i < NAME_KINDS; i++)
		id_map_free(&n->of[i]);
	n->size = 0;
}

const char *names_get(struct names *n, enum name_kind kind, uint64_t id)
{
	uint64_t at = id_map_get(&n->of[kind], id);

	if (at && at != WANTED)
		return n->text + at - 1;
	if (at || names_full(n))
		return NULL;
	make_room(n);
	n->failed |= !id_map_set(&n->of[kind], id, WANTED);
	n->wanted++;
	return NULL;
}

/* ---- looking up ----------------------------------------------------------- */

static bool add_text(struct names *n, const char *text)
{
	size_t size = strlen(text) + 1, room = (n->size + size) * 3 / 2;
	char *grown;

	if (size > n->room - n->size) {
		grown = realloc(n->text, room);
		if (!grown)
			return false;
		n->text = grown;
		n->room = room;
	}
	memcpy(n->text + n->size, text, size);
	n->size += size;
	return true;
}

/* Of several files with one id, the first counts. */
static void take_name(struct names *n, int kind, uint64_t id, const char *file)
{
	char *name = kinds[kind].name_of(file);
	uint64_t at = n->size + 1;

	if (name && add_text(n, name) && id_map_set(&n->of[kind], id, at))
		n->wanted--;
	else
		n->failed = true;
	free(name);
}

static int take_file(void *arg, const char *entry)
{
	struct names *n = arg;
	uint64_t id = object_number(entry, "id");

	for (int i = 0; i < NAME_KINDS; i++) {
		if (id_map_get(&n->of[i], id) == WANTED)
			take_name(n, i, id, object_member(entry, kinds[i].member));
	}
	return !n->wanted || n->failed;
}

struct older {
	struct names *names;
	int kind;
};

static int take_older(void *arg, const char *entry)
{
	struct older *o = arg;
	uint64_t id = object_number(entry, "id");

	if (id_map_get(&o->names->of[o->kind], id) == WANTED)
		take_name(o->names, o->kind, id, entry);
	return !o->names->wanted || o->names->failed;
}

/* What is still wanted is nowhere. */
static void give_up(struct names *n, int kind)
{
	struct id_map *map = &n->of[kind];
	uint64_t at = n->size + 1;
	char *name = kinds[kind].name_of(NULL);

	n->failed |= !name || !add_text(n, name);
	for (size_t i = 0; i < map->size; i++) {
		if (map->slots[i].value == WANTED)
			map->slots[i].value = at;
	}
	free(name);
}

static enum status read_image(struct names *n, const char *image, bool *told, object_sink take,
			      void *arg)
{
	if (entries_each(n->images, image, "entries", take, arg) >= 0)
		return STATUS_DONE;
	if (!*told)
		complain("%s: %s", image, n->images->why);
	*told = true;
	return STATUS_ERROR;
}

enum status names_look_up(struct names *n)
{
	enum status status = read_image(n, "files.img", &n->told[NAME_KINDS], take_file, n);

	for (int i = 0; i < NAME_KINDS && n->wanted && !n->failed; i++) {
		struct older older = { n, i };

		if (read_image(n, kinds[i].image, &n->told[i], take_older, &older) != STATUS_DONE)
			status = STATUS_ERROR;
		give_up(n, i);
	}
	n->wanted = 0;
	return n->failed ? complain("out of memory") : status;
}

void names_free(struct names *n)
{
	for (int i = 0; i < NAME_KINDS; i++)
		id_map_free(&n->of[i]);
	free(n->text);
}
