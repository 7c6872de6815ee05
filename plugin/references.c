/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "references.h"

#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

#include "added.h"
#include "cgroup/tree.h"
#include "field_path.h"
#include "numbers.h"
#include "pairs.h"
#include "pending.h"
#include "ports.h"

/* Where numbers stand that refer to each other: in a field of the images of one
 * kind, or in the names of its files. */
struct end {
	const char *kind;
	const char *path;     /* names of fields with '.' between; NULL: the names of files */
	uint64_t none;        /* points nowhere, and may */
	const char *if_field; /* only of messages with one of these bits set in it; or NULL */
	uint64_t if_bits;
};

#define NO_VALUE UINT64_MAX
#define NOT_LISTENING 1  /* include/net/tcp_states.h: in ESTABLISHED and CLOSE, not in LISTEN */
#define VMA_OF_FILE 0xc0 /* criu/include/image.h: VMA_FILE_PRIVATE | VMA_FILE_SHARED */

enum {
	FDINFO_ID,
	MM_EXE,
	MM_VMAS,
	FS_CWD,
	FS_ROOT,
	REMAP_ORIG,
	FILES_ID,
	CORE_CG_SET,
	THREAD_CG_SET,
	SETS_ID,
	PSTREE_PPID,
	PSTREE_PID,
	PSTREE_THREADS,
	CORES,
	IDS_FILES,
	FILE_INODE,
	MEMFD_INODE,
	INOTIFY_OWNER,
	FANOTIFY_OWNER,
	TTY_FILE,
	FIFO_FILE,
	UNIX_PEER,
	UNIX_INO,
	FILE_MNT,
	INOTIFY_MNT,
	FANOTIFY_INODE_MNT,
	FANOTIFY_MNT,
	MNT_PARENT,
	MNT_ID,
	NS_FILE_NET,
	NS_FILE_IPC,
	NS_FILE_UTS,
	NS_FILE_PID,
	NS_FILE_MNT,
	NS_FILE_USER,
	NS_FILE_CGROUP,
	NS_FILE_TIME,
	IDS_NET,
	IDS_IPC,
	IDS_UTS,
	IDS_PID,
	IDS_MNT,
	IDS_USER,
	IDS_CGROUP,
	IDS_TIME,
	UNIX_ID,
	INET_ID,
	PIPE_ID,
	TTY_ID,
	TASK_PAGES,
	SHMEM_PAGES,
	PAGES,
	END_COUNT,
};

static const struct end ends[END_COUNT] = {
	[FDINFO_ID] = { "fdinfo", "id", NO_VALUE, NULL, 0 },
	[MM_EXE] = { "mm", "exe_file_id", NO_VALUE, NULL, 0 },
	[MM_VMAS] = { "mm", "vmas.shmid", NO_VALUE, "status", VMA_OF_FILE },
	[FS_CWD] = { "fs", "cwd_id", NO_VALUE, NULL, 0 },
	[FS_ROOT] = { "fs", "root_id", NO_VALUE, NULL, 0 },
	[REMAP_ORIG] = { "remap_fpath", "orig_id", NO_VALUE, NULL, 0 },
	[FILES_ID] = { "files", "id", NO_VALUE, NULL, 0 },
	[CORE_CG_SET] = { "core", "tc.cg_set", 0, NULL, 0 },
	[THREAD_CG_SET] = { "core", "thread_core.cg_set", 0, NULL, 0 },
	[SETS_ID] = { "cgroup", "sets.id", NO_VALUE, NULL, 0 },
	[PSTREE_PPID] = { "pstree", "ppid", 0, NULL, 0 },
	[PSTREE_PID] = { "pstree", "pid", NO_VALUE, NULL, 0 },
	[PSTREE_THREADS] = { "pstree", "threads", NO_VALUE, NULL, 0 },
	[CORES] = { "core", NULL, NO_VALUE, NULL, 0 },
	[IDS_FILES] = { "ids", "files_id", 0, NULL, 0 },
	[FILE_INODE] = { "files", "memfd.inode_id", NO_VALUE, NULL, 0 },
	[MEMFD_INODE] = { "memfd_inode", "inode_id", NO_VALUE, NULL, 0 },
	[INOTIFY_OWNER] = { "files", "ify.fown.pid", 0, NULL, 0 },
	[FANOTIFY_OWNER] = { "files", "ffy.fown.pid", 0, NULL, 0 },
	[TTY_FILE] = { "files", "tty.regf_id", NO_VALUE, NULL, 0 },
	[FIFO_FILE] = { "files", "fifo.regf_id", NO_VALUE, NULL, 0 },
	[UNIX_PEER] = { "files", "usk.peer", 0, NULL, 0 },
	[UNIX_INO] = { "files", "usk.ino", NO_VALUE, NULL, 0 },
	[FILE_MNT] = { "files", "reg.mnt_id", NO_VALUE, NULL, 0 },
	[INOTIFY_MNT] = { "files", "ify.wd.f_handle.mnt_id", NO_VALUE, NULL, 0 },
	[FANOTIFY_INODE_MNT] = { "files", "ffy.mark.ie.f_handle.mnt_id", NO_VALUE, NULL, 0 },
	[FANOTIFY_MNT] = { "files", "ffy.mark.me.mnt_id", NO_VALUE, NULL, 0 },
	[MNT_PARENT] = { "mnts", "parent_mnt_id", NO_VALUE, NULL, 0 },
	[MNT_ID] = { "mnts", "mnt_id", NO_VALUE, NULL, 0 },
	[NS_FILE_NET] = { "files", "nsf.ns_id", NO_VALUE, "ns_cflag", CLONE_NEWNET },
	[NS_FILE_IPC] = { "files", "nsf.ns_id", NO_VALUE, "ns_cflag", CLONE_NEWIPC },
	[NS_FILE_UTS] = { "files", "nsf.ns_id", NO_VALUE, "ns_cflag", CLONE_NEWUTS },
	[NS_FILE_PID] = { "files", "nsf.ns_id", NO_VALUE, "ns_cflag", CLONE_NEWPID },
	[NS_FILE_MNT] = { "files", "nsf.ns_id", NO_VALUE, "ns_cflag", CLONE_NEWNS },
	[NS_FILE_USER] = { "files", "nsf.ns_id", NO_VALUE, "ns_cflag", CLONE_NEWUSER },
	[NS_FILE_CGROUP] = { "files", "nsf.ns_id", NO_VALUE, "ns_cflag", CLONE_NEWCGROUP },
	[NS_FILE_TIME] = { "files", "nsf.ns_id", NO_VALUE, "ns_cflag", CLONE_NEWTIME },
	[IDS_NET] = { "ids", "net_ns_id", NO_VALUE, NULL, 0 },
	[IDS_IPC] = { "ids", "ipc_ns_id", NO_VALUE, NULL, 0 },
	[IDS_UTS] = { "ids", "uts_ns_id", NO_VALUE, NULL, 0 },
	[IDS_PID] = { "ids", "pid_ns_id", NO_VALUE, NULL, 0 },
	[IDS_MNT] = { "ids", "mnt_ns_id", NO_VALUE, NULL, 0 },
	[IDS_USER] = { "ids", "user_ns_id", NO_VALUE, NULL, 0 },
	[IDS_CGROUP] = { "ids", "cgroup_ns_id", NO_VALUE, NULL, 0 },
	[IDS_TIME] = { "ids", "time_ns_id", NO_VALUE, NULL, 0 },
	[UNIX_ID] = { "files", "usk.id", NO_VALUE, "state", NOT_LISTENING },
	[INET_ID] = { "files", "isk.id", NO_VALUE, NULL, 0 },
	[PIPE_ID] = { "files", "pipe.id", NO_VALUE, NULL, 0 },
	[TTY_ID] = { "files", "tty.id", NO_VALUE, NULL, 0 },
	[TASK_PAGES] = { "pagemap", "pages_id", NO_VALUE, NULL, 0 },
	[SHMEM_PAGES] = { "shmem_pagemap", "pages_id", NO_VALUE, NULL, 0 },
	[PAGES] = { "pages", NULL, NO_VALUE, NULL, 0 },
};

/* The numbers of the first end are among those of the second. */
static const struct reference {
	unsigned from, to;
	/* if `to` had any, if it had this one, if so and a socket needs it (ports.h) */
	enum { ALWAYS, IF_ANY, IF_LOST, IF_WAITED } when;
} references[] = {
	{ FDINFO_ID, FILES_ID, ALWAYS },
	{ MM_EXE, FILES_ID, ALWAYS },
	{ MM_VMAS, FILES_ID, ALWAYS },
	{ FS_CWD, FILES_ID, ALWAYS },
	{ FS_ROOT, FILES_ID, ALWAYS },
	{ REMAP_ORIG, FILES_ID, ALWAYS },
	{ TTY_FILE, FILES_ID, ALWAYS },
	{ FIFO_FILE, FILES_ID, ALWAYS },
	{ CORE_CG_SET, SETS_ID, IF_ANY },
	{ THREAD_CG_SET, SETS_ID, IF_ANY },
	{ PSTREE_PPID, PSTREE_PID, ALWAYS },
	{ PSTREE_PID, CORES, ALWAYS },
	{ PSTREE_THREADS, CORES, ALWAYS },
	{ FILE_INODE, MEMFD_INODE, ALWAYS },
	{ INOTIFY_OWNER, PSTREE_THREADS, ALWAYS },
	{ FANOTIFY_OWNER, PSTREE_THREADS, ALWAYS },
	{ UNIX_PEER, UNIX_INO, ALWAYS },
	{ UNIX_ID, FDINFO_ID, IF_LOST }, /* CRIU looks for who restores the other end */
	{ INET_ID, FDINFO_ID, IF_WAITED },
	{ PIPE_ID, FDINFO_ID, IF_LOST },
	{ TTY_ID, FDINFO_ID, IF_LOST },
	{ TASK_PAGES, PAGES, IF_ANY },
	{ SHMEM_PAGES, PAGES, IF_ANY },
	{ FILE_MNT, MNT_ID, IF_ANY }, /* without a mount namespace nobody looks at them */
	{ INOTIFY_MNT, MNT_ID, IF_ANY },
	{ FANOTIFY_INODE_MNT, MNT_ID, IF_ANY },
	{ FANOTIFY_MNT, MNT_ID, IF_ANY },
	{ MNT_PARENT, MNT_ID, IF_LOST }, /* that of a root is in no image */
	{ NS_FILE_NET, IDS_NET, ALWAYS },
	{ NS_FILE_IPC, IDS_IPC, ALWAYS },
	{ NS_FILE_UTS, IDS_UTS, ALWAYS },
	{ NS_FILE_PID, IDS_PID, ALWAYS },
	{ NS_FILE_MNT, IDS_MNT, ALWAYS },
	{ NS_FILE_USER, IDS_USER, ALWAYS },
	{ NS_FILE_CGROUP, IDS_CGROUP, ALWAYS },
	{ NS_FILE_TIME, IDS_TIME, ALWAYS },
};

#define REFERENCES (sizeof(references) / sizeof(references[0]))
_Static_assert(REFERENCES <= REFERENCES_MAX, "room for each row");

static const struct image_kind *kind_of_end(const struct end *end)
{
	return kind_named(end->kind, strlen(end->kind));
}

/* ---- the fields of an end ----------------------------------------------------- */

struct end_fields {
	struct field_path path; /* to the message that has the number */
	const struct field_type *number;
	const struct field_type *condition; /* or NULL */
};

/* That of the first entry if it has the field, else of the others. */
static const struct message_type *message_of_end(const struct end *end)
{
	const struct image_kind *kind = kind_of_end(end);
	size_t first = strcspn(end->path, ".");

	return kind->head && message_field(kind->head, end->path, first) ? kind->head : kind->entry;
}

static const struct field_type *field_of(const struct message_type *m, const char *name)
{
	return name ? message_field(m, name, strlen(name)) : NULL;
}

/* The table holds only names that are in the schema. */
static void resolve(struct end_fields *f, const struct end *end)
{
	const char *dot = strrchr(end->path, '.');
	size_t above = dot ? (size_t)(dot - end->path) : 0;

	field_path_find(&f->path, message_of_end(end), span_of(end->path, above));
	f->number = field_of(f->path.message, dot ? dot + 1 : end->path);
	f->condition = field_of(f->path.message, end->if_field);
}

static bool is_written(const struct end_fields *f, const struct rules_edit *by)
{
	for (size_t i = 0; i < f->path.count; i++)
		if (rules_edit_writes(by, f->path.steps[i]))
			return true;
	return rules_edit_writes(by, f->number) ||
	       (f->condition && rules_edit_writes(by, f->condition));
}

/* ---- the numbers of a field ------------------------------------------------ */

#define IDS_KEPT_MAX (1u << 19)
#define PARTS_MAX 1000 /* only ids that were chosen for it need as many */

/* What is done with each: they are summed up, or kept. Not more than a share of
 * them is kept at a time, those with id % parts == part. */
struct ids {
	const struct end *end;
	uint64_t sum;         /* FNV-1a over them, in order */
	struct buffer list;   /* of uint64_t */
	uint64_t parts, part; /* parts 0: none is kept */
	bool too_many;
};

static size_t id_count(const struct ids *ids)
{
	return ids->list.size / sizeof(uint64_t);
}

/* Puts them in order, each once. */
static void sort_ids(struct ids *ids)
{
	uint64_t *id = (uint64_t *)(void *)ids->list.data;
	size_t kept = 0;

	if (!id)
		return;
	qsort(id, id_count(ids), sizeof(*id), numbers_compare);
	for (size_t i = 0; i < id_count(ids); i++)
		if (!kept || id[kept - 1] != id[i])
			id[kept++] = id[i];
	ids->list.size = kept * sizeof(*id);
}

static void keep_id(struct ids *ids, uint64_t id)
{
	if (id_count(ids) == IDS_KEPT_MAX) {
		sort_ids(ids);
		ids->too_many |= id_count(ids) > IDS_KEPT_MAX / 2;
	}
	if (!ids->too_many)
		buffer_append(&ids->list, span_of(&id, sizeof(id)));
}

static void take_id(struct ids *ids, uint64_t id)
{
	if (id == ids->end->none)
		return;
	for (unsigned i = 0; i < 64; i += 8)
		ids->sum = (ids->sum ^ (id >> i & 0xff)) * 0x100000001b3;
	if (ids->parts && !ids->too_many && id % ids->parts == ids->part)
		keep_id(ids, id);
}

static bool is_meant(const struct end_fields *f, uint64_t bits, struct span body)
{
	struct wire_field wire;
	struct error ignored;
	uint64_t value = 0;

	while (f->condition && wire_next_of(&body, field_number(f->condition), &wire, &ignored) > 0)
		value = wire.scalar;
	return !f->condition || (value & bits);
}

/* -1 is UINT64_MAX here, however it is written. */
static void take_number(struct ids *ids, const struct field_type *f, uint64_t scalar)
{
	take_id(ids, (uint64_t)field_decode(f, scalar));
}

static void take_field(struct ids *ids, const struct field_type *f, const struct wire_field *wire)
{
	struct span run = wire->bytes;
	struct error ignored;
	uint64_t id;

	if (wire->type != WIRE_BYTES)
		take_number(ids, f, wire->scalar);
	else /* packed */
		while (run.size && wire_varint(&run, &id, &ignored) > 0)
			take_number(ids, f, id);
}

/* What a walk over messages needs. */
struct taker {
	struct ids *ids;
	const struct end_fields *fields;
};

static void take_message(void *arg, struct span body)
{
	const struct taker *t = arg;
	struct wire_field wire;
	struct error ignored;

	if (!is_meant(t->fields, t->ids->end->if_bits, body))
		return;
	while (wire_next_of(&body, field_number(t->fields->number), &wire, &ignored) > 0)
		take_field(t->ids, t->fields->number, &wire);
}

static void take_image(struct ids *ids, const struct end_fields *f, const struct image_kind *kind,
		       struct content *content)
{
	struct taker taker = { ids, f };
	struct image_entry entry;
	struct image image;
	struct error ignored;

	if (image_open(&image, kind, content->bytes, &ignored) < 0)
		return;
	image.content = content;
	while (!ids->too_many && image_next(&image, &entry, &ignored) > 0)
		if (entry.type == message_of_end(ids->end))
			field_path_each(&f->path, entry.body, take_message, &taker);
}

/* ---- while rules run -------------------------------------------------------- */

/* Messages that make up the structure of groups; `properties` and what is in
 * them have no place in it, nor have permissions. */
static bool is_structure(const struct rules_edit *by)
{
	static const char *const messages[] = {
		"cgroup_entry", "cg_controller_entry", "cgroup_dir_entry",
		"cg_set_entry", "cg_member_entry",
	};

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		const struct message_type *m = message_find(messages[i], strlen(messages[i]));

		for (size_t k = 0; k < message_field_count(m); k++) {
			const struct field_type *f = message_field_at(m, k);

			if (strcmp(field_name(f), "properties") != 0 &&
			    strcmp(field_name(f), "dir_perms") != 0 && rules_edit_writes(by, f))
				return true;
		}
	}
	return false;
}

/* Has the edit changed the numbers of an end? */
static bool is_changed(const struct end *end, const struct rules_edit *by,
		       struct checkpoint_image *image, struct content *fresh)
{
	struct ids before = { .end = end }, after = before;
	struct end_fields f;

	if (!end->path || strcmp(end->kind, image->kind->name) != 0)
		return false;
	resolve(&f, end);
	if (!is_written(&f, by))
		return false;
	take_image(&before, &f, image->kind, &image->content);
	take_image(&after, &f, image->kind, fresh);
	return before.sum != after.sum;
}

int references_update(struct references *c, const struct rules_edit *by,
		      struct checkpoint_image *image, struct content *fresh, struct arena *arena,
		      struct error *err)
{
	bool changed[END_COUNT];

	for (size_t i = 0; i < END_COUNT; i++)
		changed[i] = is_changed(&ends[i], by, image, fresh);
	changed[FDINFO_ID] |= changed[IDS_FILES];
	for (size_t i = 0; i < REFERENCES; i++)
		if ((changed[references[i].from] || changed[references[i].to]) &&
		    blame_note(&c->references[i], by, arena, err) < 0)
			return -1;
	/* verbs judge what they do themselves */
	if (strcmp(image->kind->name, "cgroup") == 0 && !by->is_verb && is_structure(by) &&
	    blame_note(&c->cgroups, by, arena, err) < 0)
		return -1;
	if ((changed[FDINFO_ID] || changed[UNIX_INO] || changed[UNIX_PEER]) &&
	    blame_note(&c->pairs, by, arena, err) < 0)
		return -1;
	if (pending_is_touched(by, image->kind) && blame_note(&c->pending, by, arena, err) < 0)
		return -1;
	if ((rules_edit_adds_entry(by) || added_numbers(by, image->kind)) &&
	    blame_note(&c->added, by, arena, err) < 0)
		return -1;
	return needs_update(&c->needs, by, image, fresh, arena, err);
}

/* ---- at the end -------------------------------------------------------------- */

static bool has_id(const struct ids *sorted, uint64_t id)
{
	return id_count(sorted) &&
	       bsearch(&id, sorted->list.data, id_count(sorted), sizeof(id), numbers_compare);
}

/* "fdinfo-2.img"; false: it has none. */
static bool number_in_name(const char *file, uint64_t *number)
{
	struct span id;

	if (!kind_of_file(file, &id) || !id.size)
		return false;
	*number = strtoull((const char *)id.data, NULL, 10);
	return true;
}

static void take_name(struct ids *ids, const char *file)
{
	uint64_t number;

	if (number_in_name(file, &number))
		take_id(ids, number);
}

static bool is_named_in(const struct ids *sorted, const char *file)
{
	uint64_t number;

	return number_in_name(file, &number) && has_id(sorted, number);
}

/* Of those images whose numbers are in `only`; NULL: of all. */
static int take_images(struct ids *ids, const struct ids *only, struct checkpoint *checkpoint,
		       struct error *err)
{
	const struct image_kind *kind = kind_of_end(ids->end);
	struct checkpoint_image *image;
	struct end_fields f;
	int more;

	if (ids->end->path)
		resolve(&f, ids->end);
	for (size_t i = 0; (more = checkpoint_find(checkpoint, kind, i, &image, err)) > 0; i++) {
		if (only && !is_named_in(only, image->file))
			continue;
		if (!ids->end->path) {
			take_name(ids, image->file);
			continue;
		}
		if (checkpoint_read(checkpoint, image, err) < 0)
			return -1;
		take_image(ids, &f, kind, &image->content);
	}
	return more < 0 ? -1 : ids->list.failed ? fail_memory(err) : 0;
}

/* CRIU reads no descriptors but those of its tasks. */
static int take_descriptors(struct ids *ids, struct checkpoint *checkpoint, struct error *err)
{
	struct ids tasks = { .end = &ends[IDS_FILES], .parts = 1 };
	int status = take_images(&tasks, NULL, checkpoint, err);

	sort_ids(&tasks);
	if (status == 0)
		status = take_images(ids, id_count(&tasks) && !tasks.too_many ? &tasks : NULL,
				     checkpoint, err);
	buffer_free(&tasks.list);
	return status;
}

/* Sorted. Rows of one end stand together, so it is looked at once for all of them. */
static int take_end(struct ids *ids, const struct end *end, uint64_t parts, uint64_t part,
		    struct checkpoint *checkpoint, struct error *err)
{
	if (ids->end == end && ids->parts == parts && ids->part == part)
		return 0;
	buffer_free(&ids->list);
	*ids = (struct ids){ .end = end, .parts = parts, .part = part };
	if ((end == &ends[FDINFO_ID] ? take_descriptors(ids, checkpoint, err) :
				       take_images(ids, NULL, checkpoint, err)) < 0)
		return -1;
	sort_ids(ids);
	return 0;
}

/* Both ends of a reference in one checkpoint. */
struct pair {
	struct checkpoint *checkpoint;
	struct ids from, to;
};

static int take_pair(struct pair *p, const struct reference *r, uint64_t parts, uint64_t part,
		     struct error *err)
{
	if (take_end(&p->from, &ends[r->from], parts, part, p->checkpoint, err) < 0)
		return -1;
	return take_end(&p->to, &ends[r->to], parts, part, p->checkpoint, err);
}

static bool are_too_many(const struct pair *p)
{
	return p->from.too_many || p->to.too_many;
}

/* Did it point nowhere already, or to what the reference does not ask for? */
static bool is_excused(const struct pair *original, const struct reference *r, uint64_t id)
{
	bool there = has_id(&original->to, id);

	return !there &&
	       (r->when == IF_LOST || r->when == IF_WAITED || has_id(&original->from, id) ||
		(r->when == IF_ANY && !id_count(&original->to)));
}

static void free_pair(struct pair *p)
{
	buffer_free(&p->from.list);
	buffer_free(&p->to.list);
}

static int fail_dangling(const struct blame *b, const struct reference *r, uint64_t id,
			 struct error *err)
{
	const struct end *from = &ends[r->from], *to = &ends[r->to];
	const char *in = kind_of_end(from)->pattern, *files = kind_of_end(to)->pattern;

	if (r->to == FDINFO_ID)
		return fail(err,
			    "%s:%u: after this change %s of %s is %llu, and CRIU looks for a task "
			    "that has it, but none has the id %llu in its %s; change both",
			    b->file, b->line, from->path, in, (unsigned long long)id,
			    (unsigned long long)id, files);
	if (to->path)
		return fail(err,
			    "%s:%u: after this change %s of %s is %llu, but %s has no %s %llu; "
			    "change both",
			    b->file, b->line, from->path, in, (unsigned long long)id, files,
			    to->path, (unsigned long long)id);
	return fail(err,
		    "%s:%u: after this change %s of %s is %llu, but there is no %.*s%llu.img; "
		    "rules do not rename images",
		    b->file, b->line, from->path, in, (unsigned long long)id,
		    (int)strcspn(files, "*"), files, (unsigned long long)id);
}

/* What dangles now and did not in the checkpoint as it was dumped. */
struct check {
	const struct blame *blame;
	const struct reference *reference;
	struct pair now, original;
	struct ports ports; /* of it as it is now */
	uint64_t parts, part;
};

/* Does it harm that the id dangles: 1, 0, -1? */
static int harms(struct check *c, uint64_t id, struct error *err)
{
	if (is_excused(&c->original, c->reference, id))
		return 0;
	return c->reference->when == IF_WAITED ?
		       ports_wait_for(&c->ports, c->now.checkpoint, id, err) :
		       1;
}

/* *more: take smaller parts. */
static int check_part(struct check *c, bool *more, struct error *err)
{
	int harm;

	if (take_pair(&c->now, c->reference, c->parts, c->part, err) < 0)
		return -1;
	*more = are_too_many(&c->now);
	for (size_t i = 0; !*more && i < id_count(&c->now.from); i++) {
		uint64_t id = ((const uint64_t *)(const void *)c->now.from.list.data)[i];

		if (has_id(&c->now.to, id))
			continue;
		if (take_pair(&c->original, c->reference, c->parts, c->part, err) < 0)
			return -1;
		*more = are_too_many(&c->original);
		harm = *more ? 0 : harms(c, id, err);
		if (harm)
			return harm < 0 ? -1 : fail_dangling(c->blame, c->reference, id, err);
	}
	return 0;
}

static int check_reference(struct check *c, struct error *err)
{
	const struct end *from = &ends[c->reference->from];
	bool more;

	for (c->parts = 1, c->part = 0; c->part < c->parts; c->part++) {
		if (check_part(c, &more, err) < 0)
			return -1;
		if (!more)
			continue;
		if (c->parts > PARTS_MAX)
			return fail(
				err,
				"%s:%u: after this change %s of %s cannot be checked: there are "
				"too many of them",
				c->blame->file, c->blame->line, from->path,
				kind_of_end(from)->pattern);
		c->parts = 2 * c->parts + 1; /* odd: ids like to be multiples of 2 */
		c->part = UINT64_MAX;
	}
	return 0;
}

static int judge_cgroups(struct checkpoint *checkpoint, struct error *err)
{
	struct checkpoint_image *file;
	struct image_entry entry;
	struct image image;
	int more = checkpoint_find(checkpoint, kind_of_end(&ends[SETS_ID]), 0, &file, err),
	    status = 0;

	if (more <= 0)
		return more;
	if (checkpoint_entries(checkpoint, file, &image, err) < 0)
		return -1;
	while (status == 0 && (more = image_next(&image, &entry, err)) > 0) {
		struct arena arena = { 0 };
		struct cgroup_tree tree;

		status = cgroup_tree_read(&tree, &arena, entry.body, err);
		if (status == 0)
			status = cgroup_tree_check(&tree, err);
		arena_free(&arena);
	}
	return status < 0 || more < 0 ? -1 : 0;
}

static int check_cgroups(const struct blame *b, struct checkpoint *now, struct checkpoint *original,
			 struct error *err)
{
	struct error ignored;

	if (judge_cgroups(now, err) == 0 || judge_cgroups(original, &ignored) < 0)
		return 0;
	return error_context(err,
			     "%s:%u: cgroup.img: after this change CRIU could not restore "
			     "it",
			     b->file, b->line);
}

int references_check(const struct references *c, struct checkpoint *checkpoint, bool cgroups,
		     struct error *err)
{
	struct checkpoint original;
	struct check check = { .now.checkpoint = checkpoint, .original.checkpoint = &original };
	int status = 0;

	checkpoint_init(&original, checkpoint->dir, checkpoint->limit_image,
			checkpoint->limit_memory);
	for (size_t i = 0; i < REFERENCES && status == 0; i++) {
		check.blame = &c->references[i];
		check.reference = &references[i];
		if (check.blame->touched && (cgroups || references[i].to != SETS_ID))
			status = check_reference(&check, err);
	}
	if (status == 0 && c->cgroups.touched && cgroups)
		status = check_cgroups(&c->cgroups, checkpoint, &original, err);
	if (status == 0 && c->added.touched)
		status = added_check(&c->added, checkpoint, &original, err);
	if (status == 0 && c->pairs.touched)
		status = pairs_check(&c->pairs, checkpoint, &original, err);
	if (status == 0 && c->pending.touched)
		status = pending_check(&c->pending, checkpoint, &original, err);
	if (status == 0)
		status = needs_check(&c->needs, checkpoint, &original, err);
	free_pair(&check.now);
	free_pair(&check.original);
	ports_free(&check.ports);
	checkpoint_free(&original);
	return status;
}
