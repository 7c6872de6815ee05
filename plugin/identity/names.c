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
static int read_name(struct verb_args *a, const char *what, struct rename *r, struct error *err)
{
	if (args_text(a, what, &r->fresh, err) < 0)
		return -1;
	return args_end(a, "the end of the line", err);
}

/* ---- hostname --------------------------------------------------------------------- */

static int read_hostname(struct verb_args *a, void *wish, struct error *err)
{
	struct rename *r = wish;

	if (args_text(a, "a host name", &r->fresh, err) < 0)
		return -1;
	if (r->fresh.size > HOSTNAME_MAX) {
		a->at--;
		return fail(err, "a host name has 1 to %d bytes", HOSTNAME_MAX);
	}
	return args_end(a, "the end of the line", err);
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

static int run_hostname(struct rules_call *call, struct error *err)
{
	struct rename r = *(const struct rename *)call->wish;
	void *both[] = { call, &r };

	if (r.fresh.size == 0)
		return fail(err, "a host name has 1 to %d bytes", HOSTNAME_MAX);
	if (fields_sweep(call, ROLE_HOSTNAME, keep_old, both, err) < 0 ||
	    fields_sweep(call, ROLE_HOSTNAME, rename_judge_any, &r, err) < 0)
		return -1;
	return r.old.size && !span_equal(r.old, r.fresh) ?
		       leftover_note(call, rename_is_left, &r, err) :
		       0;
}

const struct rules_verb verb_hostname = {
	NULL, "hostname", "hostname NAME", read_hostname, sizeof(struct rename), run_hostname,
};

/* ---- netns ------------------------------------------------------------------------ */

static int read_key(struct verb_args *a, void *wish, struct error *err)
{
	return read_name(a, "a key", wish, err);
}

static int count_one(void *ctx, const struct rules_object *o, struct value *fresh,
		     struct error *err)
{
	(*(size_t *)ctx)++;
	return 0;
}

static int run_netns(struct rules_call *call, struct error *err)
{
	struct rename r = *(const struct rename *)call->wish;
	size_t count = 0;

	if (rules_sweep(call, "netns_entry.ext_key", count_one, &count, err) < 0)
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

const struct rules_verb verb_netns = {
	NULL, "netns", "netns KEY", read_key, sizeof(struct rename), run_netns,
};

/* ---- lsm -------------------------------------------------------------------------- */

/* The word `none` stands for no profile. */
static int read_profile(struct verb_args *a, void *wish, struct error *err)
{
	struct rename *r = wish;

	r->none = args_word(a, "none");
	return r->none ? args_end(a, "the end of the line", err) :
			 read_name(a, "a profile, or 'none'", r, err);
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

static int run_lsm(struct rules_call *call, struct error *err)
{
	struct rename r = *(const struct rename *)call->wish;

	if (r.none) {
		for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
			if (rules_sweep_delete(call, profiles[i], has_profile, &r, err) < 0)
				return -1;
		return 0;
	}
	return fields_sweep(call, ROLE_LSM, has_profile, &r, err);
}

const struct rules_verb verb_lsm = {
	NULL, "lsm", "lsm PROFILE | none", read_profile, sizeof(struct rename), run_lsm,
};
