/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "affinity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../proto/file.h"
#include "../rules/args.h"
#include "cgroup/capture.h"
#include "cgroup/image.h"
#include "context.h"
#include "held.h"
#include "hostfile.h"

#define RECORDED_MAX 100000 /* threads of a record */
#define SET_MAX 20000       /* bytes of one thread's CPUs */

static int read_capture(struct verb_args *a, void *wish, struct error *err)
{
	return args_word(a, "affinity") ? args_end(a, "nothing", err) :
					  fail(err, "capture takes 'affinity' here");
}

static int read_way(struct verb_args *a, void *wish, struct error *err)
{
	if (args_word(a, "by") && !args_word(a, "rank"))
		return fail(err, "affinity takes 'by rank' or no arguments");
	return args_end(a, "'by rank' or nothing", err);
}

/* The number in "core-7.img". */
static unsigned thread_of(const struct rules_call *call)
{
	unsigned thread = 0;

	return sscanf(call->image->file, "core-%u.img", &thread) == 1 ? thread : 0;
}

static const char *show_set(struct arena *arena, struct value set)
{
	cleanup_buffer struct buffer text = { 0 };

	value_print(&text, set);
	return text.failed ? NULL : arena_copy(arena, text.data, text.size);
}

/* ---- the dump ------------------------------------------------------------------------------ */

static int record(struct crw *crw, const char *name, const char *value, struct error *err)
{
	cleanup_buffer struct buffer entry = { 0 };

	raw_put_text(&entry, RAW_PROPERTY, RAW_NAME, span_text(name));
	raw_put_text(&entry, RAW_PROPERTY, RAW_VALUE, span_text(value));
	image_put(&crw->affinity_captured, buffer_span(&entry));
	crw->affinity_captured.failed |= entry.failed;
	return crw->affinity_captured.failed ? fail_memory(err) : 0;
}

/* Once for all threads. */
static int begin_record(struct rules_call *call, struct crw *crw, struct error *err)
{
	struct value online;
	const char *text = "";
	int found;

	if (crw->affinity_captured.size)
		return 0;
	found = facts_get(&crw->facts, "host.cpus", &online, err);
	if (found < 0 || (found && !(text = show_set(call->arena, online))))
		return found < 0 ? -1 : fail_memory(err);
	image_begin(&crw->affinity_captured, kind_of_file(AFFINITY_FILE, NULL));
	return record(crw, "online", text, err);
}

/* What its group lets a thread use: 1, 0 unknown, -1. */
static int group_cpus(struct crw *crw, const char *path, struct arena *arena, struct value *cpus,
		      struct error *err)
{
	const struct cgroup_hierarchy *h;
	const struct cgroup_host *host;
	const char *file = arena_printf(arena, "%s/cgroup", path), *group;
	int found;

	if (!file)
		return fail_memory(err);
	if (facts_cgroups(&crw->facts, &host, err) < 0)
		return -1;
	h = cgroup_host_find(host, span_text("cpuset"));
	if (!h)
		h = cgroup_host_find(host, span_text(""));
	if (!h || !h->mount)
		return facts_get(&crw->facts, "host.cpus", cpus, err);
	found = cgroup_host_group_of(host, h, file, arena, &group, err);
	if (found > 0)
		found = cgroup_host_mask(host, h, group, "cpus", arena, cpus, NULL, err);
	return found ? found : facts_get(&crw->facts, "host.cpus", cpus, err);
}

/* The CPUs that a thread is pinned to: 1, 0 when it is not, -1. */
static int pinned_to(struct crw *crw, const char *path, struct arena *arena, struct value *cpus,
		     struct error *err)
{
	const char *file = arena_printf(arena, "%s/status", path), *list;
	cleanup_buffer struct buffer status = { 0 };
	struct value group;
	int found;

	if (!file)
		return fail_memory(err);
	found = hostfile_read(crw->facts.root, file, HOSTFILE_MAX, &status, err);
	list = found > 0 ? strstr((const char *)status.data, "\nCpus_allowed_list:") : NULL;
	if (!list)
		return found < 0 ? -1 : 0;
	list += strlen("\nCpus_allowed_list:");
	list += strspn(list, "\t ");
	if (value_set_parse(arena, span_of(list, strcspn(list, "\n")), cpus, err) < 0)
		return error_context(err, "/%s", file);
	found = group_cpus(crw, path, arena, &group, err);
	return found <= 0 ? found : !value_set_within(group, *cpus);
}

static int run_capture(struct rules_call *call, struct error *err)
{
	struct crw *crw = call->world->ctx;
	unsigned thread = thread_of(call);
	const char *name = arena_printf(call->arena, "%u", thread), *path, *text;
	struct value cpus;
	int pinned;

	if (strcmp(crw->facts.stage, "dump") != 0)
		return fail(err, "capture is for the dump: when stage == \"dump\" { "
				 "core_entry capture affinity }");
	if (begin_record(call, crw, err) < 0 || held_path(crw, thread, &path, err) < 0)
		return -1;
	pinned = path ? pinned_to(crw, path, call->arena, &cpus, err) : 0;
	if (pinned <= 0)
		return pinned;
	text = show_set(call->arena, cpus);
	if (!text || !name)
		return fail_memory(err);
	if (record(crw, name, text, err) < 0)
		return -1;
	return change_by(call,
			 (struct change){ .type = CHANGE_FIELD,
					  .image = AFFINITY_FILE,
					  .name = span_text(name),
					  .after = span_text(text) },
			 err);
}

const struct rules_verb verb_affinity_capture = {
	"core_entry", "capture", "capture affinity", read_capture, 0, run_capture,
};

/* ---- the restore --------------------------------------------------------------------------- */

/* What the image says of a thread; number 0: of the source's CPUs. */
struct recorded {
	unsigned thread;
	struct span cpus;
};

static int compare_recorded(const void *a, const void *b)
{
	const struct recorded *x = a, *y = b;

	return x->thread < y->thread ? -1 : x->thread > y->thread;
}

static int read_entry(struct crw *crw, const struct image_entry *entry, struct error *err)
{
	const struct wire_field body = { .type = WIRE_BYTES, .bytes = entry->body };
	struct recorded r;
	struct raw_property p;
	char number[12];

	if (raw_read_property(&body, &p, err) < 0)
		return error_context(err, AFFINITY_FILE);
	if (p.value.bytes.size > SET_MAX || crw->affinity_recorded.size / sizeof(r) >= RECORDED_MAX)
		return fail(err,
			    AFFINITY_FILE ": more than %d threads, or more than %d bytes of one",
			    RECORDED_MAX, SET_MAX);
	snprintf(number, sizeof(number), "%.*s", p.name.size < 11 ? (int)p.name.size : 0,
		 (const char *)p.name.data);
	r.thread = (unsigned)strtoul(number, NULL, 10);
	r.cpus = p.value.bytes;
	buffer_append(&crw->affinity_recorded, span_of(&r, sizeof(r)));
	return crw->affinity_recorded.failed ? fail_memory(err) : 0;
}

/* Once for all threads: 1, 0 when nothing was recorded, -1. */
static int read_record(struct crw *crw, struct error *err)
{
	const struct image_kind *kind = kind_of_file(AFFINITY_FILE, NULL);
	struct checkpoint_image *file;
	struct image_entry entry;
	struct image image;
	int more;

	if (crw->affinity_recorded.size)
		return 1;
	more = checkpoint_find(&crw->checkpoint, kind, 0, &file, err);
	if (more <= 0)
		return more;
	if (checkpoint_entries(&crw->checkpoint, file, &image, err) < 0)
		return -1;
	while ((more = image_next(&image, &entry, err)) > 0)
		if (read_entry(crw, &entry, err) < 0)
			return -1;
	if (more < 0)
		return error_context(err, AFFINITY_FILE);
	if (!crw->affinity_recorded.size)
		return 0;
	qsort(crw->affinity_recorded.data, crw->affinity_recorded.size / sizeof(struct recorded),
	      sizeof(struct recorded), compare_recorded);
	return 1;
}

static const struct recorded *find_recorded(const struct crw *crw, unsigned thread)
{
	const struct recorded key = { .thread = thread };

	return bsearch(&key, crw->affinity_recorded.data, crw->affinity_recorded.size / sizeof(key),
		       sizeof(key), compare_recorded);
}

/* The index-th CPU of a set. */
static uint64_t cpu_at(struct value set, uint64_t index)
{
	size_t i = 0;

	for (; index > set.ranges[i].last - set.ranges[i].first; i++)
		index -= set.ranges[i].last - set.ranges[i].first + 1;
	return set.ranges[i].first + index;
}

static uint64_t rank_of(struct value set, uint64_t cpu)
{
	uint64_t rank = 0;

	for (size_t i = 0; i < set.range_count && set.ranges[i].first <= cpu; i++)
		rank += (cpu <= set.ranges[i].last ? cpu : set.ranges[i].last + 1) -
			set.ranges[i].first;
	return rank;
}

/* The first CPU of the source is the first here, and so on; from the end it begins
 * anew. */
static int map_by_rank(struct arena *arena, struct value cpus, struct value there,
		       struct value here, struct value *out, struct error *err)
{
	uint64_t count = value_set_count(here);

	if (value_set_parse(arena, span_of("", 0), out, err) < 0 ||
	    value_set_intersect(arena, cpus, there, &cpus, err) < 0)
		return -1;
	for (size_t i = 0; i < cpus.range_count; i++)
		for (uint64_t cpu = cpus.ranges[i].first; cpu <= cpus.ranges[i].last; cpu++) {
			uint64_t mapped = cpu_at(here, rank_of(there, cpu) % count);

			if (value_set_union(arena, *out, value_number((number_t)mapped), out, err) <
			    0)
				return -1;
			if (value_set_count(*out) == count)
				return 0;
		}
	return 0;
}

/* What of the CPUs this host has, or what stands for them. */
static int choose(struct rules_call *call, struct value cpus, struct value *out, struct error *err)
{
	struct crw *crw = call->world->ctx;
	const struct recorded *online = find_recorded(crw, 0);
	struct value here, there;
	int found = facts_get(&crw->facts, "host.cpus", &here, err);

	*out = cpus;
	if (found <= 0 || !value_set_count(here))
		return found;
	if (call->arg_count == 0)
		return value_set_intersect(call->arena, cpus, here, out, err);
	if (!online)
		return fail(err, AFFINITY_FILE ": the CPUs of the source are missing");
	if (value_set_parse(call->arena, online->cpus, &there, err) < 0)
		return error_context(err, AFFINITY_FILE);
	return map_by_rank(call->arena, cpus, there, here, out, err);
}

static int want(struct crw *crw, unsigned thread, const char *cpus, struct error *err)
{
	const struct affinity a = {
		.thread = thread,
		.cpus = arena_copy(&crw->outcome, cpus, strlen(cpus)),
	};

	if (!a.cpus)
		return fail_memory(err);
	buffer_append(&crw->affinity, span_of(&a, sizeof(a)));
	return crw->affinity.failed ? fail_memory(err) : 0;
}

static int tell(struct rules_call *call, struct span before, const char *cpus, struct error *err)
{
	const char *note = !*cpus                ? "this host has none of them" :
			   span_is(before, cpus) ? NULL :
			   call->arg_count       ? "by rank" :
						   "the others are not here";

	return change_by(call,
			 (struct change){ .type = CHANGE_FIELD,
					  .name = span_text("affinity"),
					  .before = before,
					  .after = span_text(*cpus ? cpus : "(all of its group)"),
					  .note = note },
			 err);
}

static int run_affinity(struct rules_call *call, struct error *err)
{
	struct crw *crw = call->world->ctx;
	unsigned thread = thread_of(call);
	const struct recorded *r;
	struct value cpus;
	const char *text;
	int found = read_record(crw, err);

	if (found < 0)
		return -1;
	r = found && thread ? find_recorded(crw, thread) : NULL;
	if (!r)
		return thread ? want(crw, thread, "", err) : 0;
	if (value_set_parse(call->arena, r->cpus, &cpus, err) < 0 ||
	    choose(call, cpus, &cpus, err) < 0)
		return error_context(err, AFFINITY_FILE ": thread %u", thread);
	text = show_set(call->arena, cpus);
	if (!text)
		return fail_memory(err);
	return want(crw, thread, text, err) < 0 ? -1 : tell(call, r->cpus, text, err);
}

const struct rules_verb verb_affinity = {
	"core_entry", "affinity", "affinity [by rank]", read_way, 0, run_affinity,
};

int affinity_keep(const struct crw *crw, struct arena *arena, struct affinity **wanted,
		  size_t *count)
{
	*count = crw->affinity.size / sizeof(**wanted);
	*wanted = *count ? arena_copy(arena, crw->affinity.data, crw->affinity.size) : NULL;
	for (size_t i = 0; *wanted && i < *count; i++) {
		struct affinity *a = *wanted + i;

		a->cpus = arena_copy(arena, a->cpus, strlen(a->cpus));
		if (!a->cpus)
			return -1;
	}
	if (*wanted)
		qsort(*wanted, *count, sizeof(**wanted), affinity_compare);
	return *count && !*wanted ? -1 : 0;
}
