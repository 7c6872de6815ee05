/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 *	relax file "/var/log/...", ...
 *
 * CRIU compares size, mode and build-id of a file with those at the dump. A file that is
 * only written to or read may differ; one that a task has mapped may not: what the
 * task has of it in memory goes with what is on the disk.
 */
#include <string.h>

#include "../../rules/args.h"
#include "../numbers.h"
#include "verbs.h"

#define MAPPED_MAX (1u << 20) /* mappings of files */
#define VMA_OF_FILE 0xc0      /* criu/include/image.h: VMA_FILE_PRIVATE | VMA_FILE_SHARED */

struct relax {
	struct verb_names names;
	struct buffer mapped; /* ids of files */
};

/* Images have the whole path of a file. */
static int judge_name(struct span name, struct error *err)
{
	if (memchr("/*?[", name.data[0], strlen("/*?[")))
		return 0;
	return fail(err, "'%.*s' matches no file; begin with '/', or with '*'",
		    (int)(name.size < 200 ? name.size : 200), (const char *)name.data);
}

static int read_arguments(struct verb_args *a, void *out, struct error *err)
{
	struct relax *r = out;

	if (args_need(a, "file", err) < 0 ||
	    args_names(a, "the name of a file", judge_name, &r->names, err) < 0)
		return -1;
	return args_end(a, "',' between names", err);
}

/* ---- what is mapped ------------------------------------------------------------------ */

static int keep_id(void *ctx, const struct rules_object *o, struct value *fresh, struct error *err)
{
	struct relax *r = ctx;
	struct value status = { .type = VALUE_NONE };
	uint64_t id = o->now.type == VALUE_NUMBER ? (uint64_t)o->now.number : 0;
	int found = rules_object_value(o, "status", &status, err);

	if (found < 0)
		return -1;
	if (found && !(status.number & VMA_OF_FILE))
		return 0;
	if (numbers_count(&r->mapped) >= MAPPED_MAX)
		return fail(err, "more than %u mappings", MAPPED_MAX);
	numbers_add(&r->mapped, id);
	return r->mapped.failed ? fail_memory(err) : 0;
}

static int find_mapped(struct rules_call *call, struct relax *r, struct error *err)
{
	if (rules_sweep(call, "mm_entry.vmas.shmid", keep_id, r, err) < 0 ||
	    rules_sweep(call, "vma_entry.shmid", keep_id, r, err) < 0 ||
	    rules_sweep(call, "mm_entry.exe_file_id", keep_id, r, err) < 0)
		return -1;
	numbers_sort(&r->mapped);
	return 0;
}

/* ---- what is taken away ---------------------------------------------------------------- */

static int judge_file(void *ctx, const struct rules_object *o, struct value *fresh,
		      struct error *err)
{
	const struct relax *r = ctx;
	struct value name, id;

	if (o->now.type == VALUE_NONE || rules_object_value(o, "name", &name, err) <= 0 ||
	    !names_match(&r->names, name.text))
		return 0;
	if (rules_object_value(o, "id", &id, err) > 0 &&
	    numbers_have(&r->mapped, (uint64_t)id.number))
		return fail(err,
			    "%.*s is mapped by a task, whose memory goes with the file as it was; "
			    "bring the same file here, or name others",
			    (int)(name.text.size < 200 ? name.text.size : 200),
			    (const char *)name.text.data);
	return 1;
}

static const char *const checked[] = {
	"file_entry.reg.size",
	"file_entry.reg.mode",
	"file_entry.reg.build_id",
	"file_entry.reg.checksum",
	"file_entry.reg.checksum_config",
	"file_entry.reg.checksum_parameter",
	"reg_file_entry.size",
	"reg_file_entry.mode",
	"reg_file_entry.build_id",
	"reg_file_entry.checksum",
	"reg_file_entry.checksum_config",
	"reg_file_entry.checksum_parameter",
};

static int take_away(struct rules_call *call, struct relax *r, struct error *err)
{
	if (find_mapped(call, r, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(checked) / sizeof(checked[0]); i++)
		if (rules_sweep_delete(call, checked[i], judge_file, r, err) < 0)
			return -1;
	return 0;
}

static int run(struct rules_call *call, struct error *err)
{
	struct relax r = *(const struct relax *)call->wish;
	int status = take_away(call, &r, err);

	buffer_free(&r.mapped);
	return status;
}

const struct rules_verb verb_relax = {
	NULL, "relax", "relax file GLOB, ...", read_arguments, sizeof(struct relax), run,
};
