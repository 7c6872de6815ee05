/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the rules, so that what they put right is no cause any more. */
#include <stdio.h>

#include "doctor.h"

/* What CRIU has read before it loads plugins, since which version (plugin/criu.c). */
static const struct {
	unsigned version;
	const char *kind;
} early[] = {
	{ 40100, "inventory" },
	{ 40200, "cpuinfo" },
	{ 40200, "pstree" },
	{ 40200, "ids" },
};

static void forbid_early(struct doctor *d)
{
	for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++)
		if (d->version >= early[i].version)
			crw_forbid(d->crw, early[i].kind,
				   "this CRIU reads it before it loads plugins; change it before "
				   "with `criu-rewrite apply`");
}

static void say_changes(struct doctor *d)
{
	size_t total = crw_change_total(d->crw);
	char count[48];

	snprintf(count, sizeof(count), "%zu change%s", total, total == 1 ? "" : "s");
	if (total && !d->has_plugin)
		doctor_find(d, CAUSE_PLAN, CRW_LEVEL_WARNING, count,
			    "install the plugin, or use `criu-rewrite restore` or `apply`",
			    "would make it fit, and there is no plugin to make them");
	else if (total)
		doctor_find(d, CAUSE_PLAN, CRW_LEVEL_OK, count, NULL, "by the rules make it fit");
}

/* What the language calls a warning, a runtime calls an error. */
static void say_warnings(struct doctor *d)
{
	for (size_t i = 0; i < crw_warning_count(d->crw); i++)
		doctor_find(d, CAUSE_SPEC, CRW_LEVEL_FAILURE, d->crw->spec.name, NULL, "%s",
			    crw_warning(d->crw, i));
}

void doctor_run(struct doctor *d)
{
	const char *error = d->crw->config_error;

	if (error)
		return;
	forbid_early(d);
	d->rules_failed = crw_run(d->crw) < 0;
	if (d->rules_failed) {
		doctor_find(d, CAUSE_PLAN,
			    crw_on_error_continue(d->crw) ? CRW_LEVEL_WARNING : CRW_LEVEL_FAILURE,
			    "rules", NULL, "%s", d->crw->err.text);
		return;
	}
	say_changes(d);
	say_warnings(d);
}
