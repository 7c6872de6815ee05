/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "need.h"

#include <stdlib.h>
#include <string.h>

#include "field_path.h"

enum need_test {
	NEED_ENTRY,
	NEED_HAS,
	NEED_OF_TYPE,
	NEED_ID,
	NEED_LENGTH,
	NEED_WITHIN,
	NEED_HOLDS,
	NEED_KEPT,
	NEED_GROUP,
	NEED_PAGES,
};

struct need {
	enum need_test test;
	const char *message;       /* of an entry */
	const char *path;          /* from it to the message that is judged: "tc.rlimits." */
	const char *field, *other; /* of that; or NULL */
	const char *type;          /* the name that `other` has, or NULL */
	uint64_t lengths[2];
	const char *lack, *consequence, *remedy; /* "after this change ..., and CRIU ...; ..." */
};

static const struct need needs[] = {
#define ENTRY(m, c)                                                                                \
	{ NEED_ENTRY, m, "", NULL, NULL, NULL, { 0, 0 }, "it has no " m, c, "keep one" },
#define ENTRY_WITH(m, f, c)                                                                        \
	{ NEED_ENTRY, m, "", f, NULL, NULL, { 0, 0 }, "it has no " m " with " f, c, "keep one" },
#define HAS(m, p, f, c) { NEED_HAS, m, p, f, NULL, NULL, { 0, 0 }, m " has no " p f, c, "keep it" },
#define HAS_WITH(m, p, f, o, c)                                                                    \
	{ NEED_HAS, m, p, f, o, NULL, { 0, 0 }, m " has no " p f " but " p o, c, "keep both" },
#define OF_TYPE(m, p, f, t, c)                                                                     \
	{ NEED_OF_TYPE,                                                                            \
	  m,                                                                                       \
	  p,                                                                                       \
	  f,                                                                                       \
	  "type",                                                                                  \
	  #t,                                                                                      \
	  { 0, 0 },                                                                                \
	  m " has no " p f " where the type is " #t,                                               \
	  c,                                                                                       \
	  "keep it or delete all of the message" },
#define MEMBER(t, f)                                                                               \
	OF_TYPE("file_entry", "", f, t, "crashes"){                                                \
		NEED_ID, "file_entry", "",       f,                                                \
		"id",    NULL,         { 0, 0 }, "id and " f ".id of a file_entry differ",         \
		"stops", "change both"                                                             \
	},
#define LENGTH(m, p, f, a, c) EITHER_LENGTH(m, p, f, a, a, #a, c)
#define LENGTHS(m, p, f, a, b, c) EITHER_LENGTH(m, p, f, a, b, #a " or " #b, c)
#define EITHER_LENGTH(m, p, f, a, b, words, c)                                                     \
	{ NEED_LENGTH, m,                                                                          \
	  p,           f,                                                                          \
	  NULL,        NULL,                                                                       \
	  { a, b },    "the list " p f " has not " words " elements",                              \
	  c,           "keep its length" },
#define WITHIN(m, p, f, o, c)                                                                      \
	{ NEED_WITHIN,  m, p, f, o, NULL, { 0, 0 }, p f " has bits that " p o " does not have", c, \
	  "change both" },
#define HOLDS(m, f, o, c)                                                                          \
	{ NEED_HOLDS, m, "", f, o, NULL, { 0, 0 }, f " of a " m " lacks its " o, c, "keep it" },
#define KEPT(m, p, f, c)                                                                           \
	{ NEED_KEPT, m, p, f, NULL, NULL, { 0, 0 }, p f " is not what it was", c, "keep it" },
#define GROUP(m, c)                                                                                \
	{ NEED_GROUP, m,                                                                           \
	  "",         "pgid",                                                                      \
	  "sid",      NULL,                                                                        \
	  { 0, 0 },   "a process has the pgid of a session's leader, and another sid",             \
	  c,          "change both" },
#define PAGES(m, c)                                                                                \
	{ NEED_PAGES, m,                                                                           \
	  "",         "nr_pages",                                                                  \
	  "flags",    NULL,                                                                        \
	  { 0, 0 },   "it describes other pages than its pages file has",                          \
	  c,          "keep nr_pages and flags of all entries" },
#include "need.def"
};

#define NEEDS (sizeof(needs) / sizeof(needs[0]))
_Static_assert(NEEDS <= NEEDS_MAX, "room for each row");

/* ---- numbers of a message --------------------------------------------------- */

/* One after the other: the elements of a field, packed or not. */
struct numbers {
	const struct field_type *field;
	struct span body, run; /* what is not read yet: of the message, of a packed list */
};

static struct numbers numbers_of(struct span body, const struct field_type *f)
{
	return (struct numbers){ f, body, { NULL, 0 } };
}

static bool is_list(const struct field_type *f, const struct wire_field *wire)
{
	return wire->type == WIRE_BYTES && field_wire(f) != WIRE_BYTES;
}

/* A message counts as one element, whose number is 0. */
static bool next_number(struct numbers *n, uint64_t *number)
{
	struct wire_field wire = { .type = field_wire(n->field) };
	struct error ignored;

	while (!n->run.size) {
		if (wire_next_of(&n->body, field_number(n->field), &wire, &ignored) <= 0)
			return false;
		*number = wire.scalar;
		if (!is_list(n->field, &wire))
			return true;
		n->run = wire.bytes;
		wire.type = field_wire(n->field);
	}
	*number = 0;
	if (wire_value(&n->run, &wire, &ignored) <= 0)
		return false;
	*number = wire.scalar;
	return true;
}

static uint64_t count_numbers(struct span body, const struct field_type *f)
{
	struct numbers n = numbers_of(body, f);
	uint64_t count = 0, number;

	while (next_number(&n, &number))
		count++;
	return count;
}

/* The last counts, as everywhere in protobuf. */
static uint64_t number_of(struct span body, const struct field_type *f, uint64_t otherwise)
{
	struct numbers n = numbers_of(body, f);
	uint64_t last = otherwise;

	while (next_number(&n, &last))
		;
	return last;
}

static const struct field_type *field_of(const struct message_type *m, const char *name)
{
	return name ? message_field(m, name, strlen(name)) : NULL;
}

/* ---- one message ------------------------------------------------------------ */

/* A row with its names looked up, and what has been found so far. */
struct measure {
	const struct need *need;
	struct field_path path;
	const struct field_type *field, *other; /* or NULL */
	const struct field_type *older[2]; /* of PAGES: what was there before `field`, `other` */
	struct {
		uint32_t pages, flags, older_pages, older_flags;
	} numbers;               /* of those fields */
	struct buffer processes; /* of GROUP, of struct process */
	/* faults; of ENTRY entries, of PAGES pages, of KEPT how many above a sum of 48 bits */
	uint64_t found;
};

struct process {
	uint64_t pid, pgid, sid;
};

static bool is_of_type(const struct measure *m, struct span body)
{
	const char *name = field_enum_name(m->other, (int32_t)number_of(body, m->other, 0));

	return name && strcmp(name, m->need->type) == 0;
}

static struct span last_message(struct span body, const struct field_type *f)
{
	struct span last = { NULL, 0 };
	struct wire_field wire;
	struct error ignored;

	while (wire_next_of(&body, field_number(f), &wire, &ignored) > 0)
		if (wire.type == WIRE_BYTES)
			last = wire.bytes;
	return last;
}

static bool has_other_id(const struct measure *m, struct span body)
{
	struct span member = last_message(body, m->field);
	const char *id = m->need->other;

	return member.data &&
	       number_of(body, m->other, 0) !=
		       number_of(member, message_field(field_message(m->field), id, strlen(id)), 0);
}

static bool is_beyond(const struct measure *m, struct span body)
{
	struct numbers inner = numbers_of(body, m->field), outer = numbers_of(body, m->other);
	uint64_t bits, allowed;

	while (next_number(&inner, &bits)) {
		if (!next_number(&outer, &allowed))
			allowed = 0;
		if (bits & ~allowed)
			return true;
	}
	return false;
}

static bool lacks_number(const struct measure *m, struct span body)
{
	uint64_t wanted = number_of(body, m->other, 0), number;
	struct numbers n = numbers_of(body, m->field);

	while (next_number(&n, &number))
		if (number == wanted)
			return false;
	return true;
}

static bool is_odd_length(const struct measure *m, struct span body)
{
	uint64_t length = count_numbers(body, m->field);

	return length != m->need->lengths[0] && length != m->need->lengths[1];
}

#define PAGES_PRESENT 4 /* criu/include/pagemap.h: PE_PRESENT */

/* Those in the pages file weigh more, so that none can change sides unseen. Before
 * there were flags, all were there that were not in the parent. An image has many
 * of these: it is gone through once. */
static uint64_t weigh_pages(const struct measure *m, struct span body)
{
	uint64_t last[WIRE_LAST_MAX] = { 0 }, pages, flags;
	uint32_t there = wire_last(body, last);

	pages = last[there >> m->numbers.pages & 1 ? m->numbers.pages : m->numbers.older_pages];
	flags = there >> m->numbers.flags & 1 ? last[m->numbers.flags] :
		last[m->numbers.older_flags]  ? 0 :
						PAGES_PRESENT;
	return pages + (flags & PAGES_PRESENT ? pages << 32 : 0);
}

#define KEPT_ONE (1ull << 48)

static uint64_t sum_numbers(const struct measure *m, struct span body)
{
	struct numbers n = numbers_of(body, m->field);
	uint64_t sum = 0, number;

	while (next_number(&n, &number))
		sum += KEPT_ONE + (number * 0x9e3779b97f4a7c15 >> 32);
	return sum;
}

static void note_process(struct measure *m, struct span body)
{
	struct process p = { number_of(body, field_of(m->path.message, "pid"), 0),
			     number_of(body, m->field, 0), number_of(body, m->other, 0) };

	buffer_append(&m->processes, span_of(&p, sizeof(p)));
}

static int by_pid(const void *a, const void *b)
{
	uint64_t x = ((const struct process *)a)->pid, y = ((const struct process *)b)->pid;

	return x < y ? -1 : x > y;
}

/* How many processes wait for the group of a session's leader that they cannot join. */
static uint64_t count_waiting(struct measure *m)
{
	struct process *all = (void *)m->processes.data;
	size_t count = m->processes.size / sizeof(*all), waiting = 0;

	if (count)
		qsort(all, count, sizeof(*all), by_pid);
	for (size_t i = 0; i < count; i++) {
		struct process key = { .pid = all[i].pgid }, *leader;

		leader = bsearch(&key, all, count, sizeof(*all), by_pid);
		waiting += leader && leader->sid == leader->pid && all[i].sid != leader->pid;
	}
	buffer_free(&m->processes);
	return waiting;
}

static uint64_t measure_message(const struct measure *m, struct span body)
{
	switch (m->need->test) {
	case NEED_ENTRY:
		return !m->field || count_numbers(body, m->field);
	case NEED_HAS:
		return !count_numbers(body, m->field) &&
		       (!m->other || count_numbers(body, m->other));
	case NEED_OF_TYPE:
		return is_of_type(m, body) && !count_numbers(body, m->field);
	case NEED_ID:
		return has_other_id(m, body);
	case NEED_LENGTH:
		return is_odd_length(m, body);
	case NEED_WITHIN:
		return is_beyond(m, body);
	case NEED_HOLDS:
		return lacks_number(m, body);
	case NEED_KEPT:
		return sum_numbers(m, body);
	case NEED_PAGES:
		return weigh_pages(m, body);
	case NEED_GROUP:
		break;
	}
	return 0;
}

static void take_message(void *arg, struct span body)
{
	struct measure *m = arg;

	if (m->need->test == NEED_GROUP)
		note_process(m, body);
	else
		m->found += measure_message(m, body);
}

/* ---- one image -------------------------------------------------------------- */

static bool is_named(const struct message_type *m, const char *name)
{
	return m && strcmp(message_name(m), name) == 0;
}

/* The entries of an image that a row is about; NULL: none of them. */
static const struct message_type *entry_of(const struct need *need, const struct image_kind *kind)
{
	return is_named(kind->head, need->message)  ? kind->head :
	       is_named(kind->entry, need->message) ? kind->entry :
						      NULL;
}

static void find_pages(struct measure *m)
{
	m->older[0] = field_of(m->path.message, "compat_nr_pages");
	m->older[1] = field_of(m->path.message, "in_parent");
	m->numbers.pages = field_number(m->field);
	m->numbers.flags = field_number(m->other);
	m->numbers.older_pages = field_number(m->older[0]);
	m->numbers.older_flags = field_number(m->older[1]);
}

static bool measure_begin(struct measure *m, const struct need *need, const struct image_kind *kind)
{
	const struct message_type *entry = entry_of(need, kind);

	if (!entry)
		return false;
	*m = (struct measure){ .need = need };
	field_path_find(&m->path, entry, span_text(need->path));
	m->field = field_of(m->path.message, need->field);
	m->other = field_of(m->path.message, need->other);
	if (need->test == NEED_PAGES)
		find_pages(m);
	return true;
}

static uint64_t measure_image(struct measure *m, const struct image_kind *kind,
			      struct content *content)
{
	const struct message_type *type = entry_of(m->need, kind);
	struct image_entry entry;
	struct image image;
	struct error ignored;

	m->found = 0;
	if (image_open(&image, kind, content->bytes, &ignored) < 0)
		return 0;
	image.content = content;
	while (image_next(&image, &entry, &ignored) > 0)
		if (entry.type == type)
			field_path_each(&m->path, entry.body, take_message, m);
	return m->need->test == NEED_GROUP ? count_waiting(m) : m->found;
}

static bool is_worse(const struct need *need, uint64_t before, uint64_t after)
{
	switch (need->test) {
	case NEED_ENTRY:
		return before && !after;
	case NEED_KEPT:
		return before != after && before / KEPT_ONE == after / KEPT_ONE;
	case NEED_PAGES:
		return before != after;
	default:
		return after > before;
	}
}

/* ---- while rules run -------------------------------------------------------- */

static bool writes(const struct rules_edit *by, const struct field_type *f)
{
	return f && rules_edit_writes(by, f);
}

/* An id is in the member, too, and a number of pages in an older field. */
static bool writes_below(const struct measure *m, const struct rules_edit *by)
{
	switch (m->need->test) {
	case NEED_ENTRY:
		return rules_edit_writes(by, message_field_at(m->path.message, 0));
	case NEED_GROUP:
		return writes(by, field_of(m->path.message, "pid"));
	case NEED_ID:
		return writes(by, field_of(field_message(m->field), m->need->other));
	case NEED_PAGES:
		return writes(by, m->older[0]) || writes(by, m->older[1]);
	default:
		return false;
	}
}

static bool can_touch(const struct measure *m, const struct rules_edit *by)
{
	return writes(by, m->field) || writes(by, m->other) || writes_below(m, by);
}

int needs_update(struct needs *n, const struct rules_edit *by, struct checkpoint_image *image,
		 struct content *fresh, struct arena *arena, struct error *err)
{
	struct measure m;

	for (size_t i = 0; i < NEEDS; i++) {
		if (!measure_begin(&m, &needs[i], image->kind) || !can_touch(&m, by))
			continue;
		if (is_worse(&needs[i], measure_image(&m, image->kind, &image->content),
			     measure_image(&m, image->kind, fresh)) &&
		    blame_note(&n->blames[i], by, arena, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- at the end ------------------------------------------------------------- */

static int fail_need(const struct blame *b, const struct need *need, const char *file,
		     struct error *err)
{
	return fail(err, "%s:%u: %s: after this change %s, and CRIU %s; %s", b->file, b->line, file,
		    need->lack, need->consequence, need->remedy);
}

/* 1 when the image is worse off than in the checkpoint that was dumped. */
static int compare(struct measure *m, struct checkpoint_image *now, struct checkpoint *original,
		   size_t index, struct error *err)
{
	struct checkpoint_image *was;
	int status = checkpoint_find(original, now->kind, index, &was, err);

	if (status <= 0)
		return status;
	if (checkpoint_read(original, was, err) < 0)
		return -1;
	return is_worse(m->need, measure_image(m, now->kind, &was->content),
			measure_image(m, now->kind, &now->content));
}

static int check_kind(const struct blame *b, struct measure *m, const struct image_kind *kind,
		      struct checkpoint *now, struct checkpoint *original, struct error *err)
{
	struct checkpoint_image *image;
	int more;

	for (size_t i = 0; (more = checkpoint_find(now, kind, i, &image, err)) > 0; i++) {
		int status = image->changed ? compare(m, image, original, i, err) : 0;

		if (status < 0)
			return -1;
		if (status)
			return fail_need(b, m->need, image->file, err);
	}
	return more;
}

int needs_check(const struct needs *n, struct checkpoint *now, struct checkpoint *original,
		struct error *err)
{
	struct measure m;

	for (size_t i = 0; i < NEEDS; i++)
		for (size_t k = 0; n->blames[i].touched && k < kind_count(); k++)
			if (measure_begin(&m, &needs[i], kind_at(k)) &&
			    check_kind(&n->blames[i], &m, kind_at(k), now, original, err) < 0)
				return -1;
	return 0;
}
