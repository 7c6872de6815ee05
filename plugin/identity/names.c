/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 *	hostname web-2
 *	netns KEY		for --inherit-fd fd[N]:KEY, or `option inherit-fd`
 *	lsm PROFILE | none
 */
#include "fields.h"
#include "leftover.h"
#include "../context.h"
#include "rename.h"
#include "verbs.h"

#define HOSTNAME_MAX 64 /* bytes; Linux, __NEW_UTS_LEN */

/* One name, and nothing behind it. */
static int read_name(struct cgroup_args *a, const char *what, struct span *name, struct error *err)
{
	if (args_text(a, what, name, err) < 0)
		return -1;
	return args_end(a, "the end of the line", err);
}

static int check_name(const struct rules_argument *args, size_t count, size_t *wrong,
		      const char *what, struct error *err)
{
	struct cgroup_args a = { args, count, 0 };
	struct span name;
	int status = read_name(&a, what, &name, err);

	*wrong = a.at;
	return status;
}

/* ---- hostname --------------------------------------------------------------------- */

int identity_hostname_check(const struct rules_argument *args, size_t count, size_t *wrong,
			    struct error *err)
{
	return check_name(args, count, wrong, "a host name", err);
}

/* What was there, for those who look for it afterwards. */
static int keep_old(void *ctx, const struct rules_object *o, struct value *fresh, struct error *err)
{
	struct rules_call *call = ((void **)ctx)[0];
	struct rename *r = ((void **)ctx)[1];
	const char *copy;

	copy = arena_copy(call->arena, o->now.text.data, o->now.text.size);
	r->old = span_of(copy, o->now.text.size);
	return copy ? 0 : fail_memory(err);
}

int identity_hostname_run(struct rules_call *call, struct error *err)
{
	struct cgroup_args a = { call->args, call->arg_count, 0 };
	struct rename r = { .old = { NULL, 0 } };
	void *both[] = { call, &r };

	if (read_name(&a, "a host name", &r.fresh, err) < 0)
		return -1;
	if (r.fresh.size == 0 || r.fresh.size > HOSTNAME_MAX)
		return fail(err, "a host name has 1 to %d bytes", HOSTNAME_MAX);
	if (fields_sweep(call, ROLE_HOSTNAME, keep_old, both, err) < 0 ||
	    fields_sweep(call, ROLE_HOSTNAME, rename_judge_any, &r, err) < 0)
		return -1;
	return r.old.size && !span_equal(r.old, r.fresh) ?
		       leftover_note(call, rename_is_left, &r, err) :
		       0;
}

/* ---- netns ------------------------------------------------------------------------ */

int identity_netns_check(const struct rules_argument *args, size_t count, size_t *wrong,
			 struct error *err)
{
	return check_name(args, count, wrong, "a key", err);
}

static int count_one(void *ctx, const struct rules_object *o, struct value *fresh,
		     struct error *err)
{
	(*(size_t *)ctx)++;
	return 0;
}

int identity_netns_run(struct rules_call *call, struct error *err)
{
	struct cgroup_args a = { call->args, call->arg_count, 0 };
	struct rename r = { .old = { NULL, 0 } };
	size_t count = 0;

	if (read_name(&a, "a key", &r.fresh, err) < 0 ||
	    rules_sweep(call, "netns_entry.ext_key", count_one, &count, err) < 0)
		return -1;
	if (r.fresh.size == 0)
		return fail(err, "the key is empty");
	if (count > 1)
		return fail(err,
			    "the checkpoint has %zu network namespaces; name one by "
			    "netns_entry[image.name=\"netns-N.img\"] set ext_key=\"%.*s\"",
			    count, (int)r.fresh.size, (const char *)r.fresh.data);
	if (rules_sweep(call, "netns_entry.ext_key", rename_judge_any, &r, err) < 0)
		return -1;
	if (call->matched)
		explain_say(call, "CRIU takes the namespace by --inherit-fd fd[N]:KEY and makes "
				  "none of its devices, addresses and routes");
	return 0;
}

/* ---- lsm -------------------------------------------------------------------------- */

int identity_lsm_check(const struct rules_argument *args, size_t count, size_t *wrong,
		       struct error *err)
{
	return check_name(args, count, wrong, "a profile, or 'none'", err);
}

static int has_profile(void *ctx, const struct rules_object *o, struct value *fresh,
		       struct error *err)
{
	const struct rename *r = ctx;

	*fresh = value_text(r->fresh);
	return o->now.type == VALUE_TEXT;
}

static const char *const profiles[] = {
	"core_entry.thread_core.creds.lsm_profile",
	"core_entry.thread_core.creds.lsm_sockcreate",
	"core_entry.thread_core.creds.apparmor_data",
	"creds_entry.lsm_profile",
	"creds_entry.lsm_sockcreate",
	"creds_entry.apparmor_data",
};

int identity_lsm_run(struct rules_call *call, struct error *err)
{
	struct cgroup_args a = { call->args, call->arg_count, 0 };
	struct rename r = { .old = { NULL, 0 } };

	if (args_word(&a, "none")) {
		for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
			if (rules_sweep_delete(call, profiles[i], has_profile, &r, err) < 0)
				return -1;
		return 0;
	}
	if (read_name(&a, "a profile", &r.fresh, err) < 0)
		return -1;
	return fields_sweep(call, ROLE_LSM, has_profile, &r, err);
}
