/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of the groups would fail here, after what the rules put right: all that these rules
 * still find to change. */
#include <stdio.h>
#include <string.h>

#include "doctor.h"

#define NAME "doctor"
static const char probe[] = "when host.cgroup.version == 2 { cgroup_entry convert to 2 }\n"
			    "cgroup_entry regroup\n"
			    "cgroup_entry drop absent\n"
			    "cgroup_entry fit\n";

bool doctor_ignores_groups(const struct doctor *d)
{
	const char *mode = crw_mode(d->crw);

	if (!mode)
		mode = options_get(&d->options, "manage-cgroups", 0);
	return mode && strcmp(mode, "ignore") == 0;
}

static void say(struct doctor *d, const struct crw_change *change)
{
	char thing[512];

	snprintf(thing, sizeof(thing), "%s%s%s", change->where, *change->where ? " " : "",
		 change->field);
	doctor_find(d, CAUSE_GROUP, CRW_LEVEL_FAILURE, thing, NULL,
		    "is %s, and here can be %s%s%s%s",
		    change->before ? change->before : "not there",
		    change->after ? change->after : "none", change->note ? " (" : "",
		    change->note ? change->note : "", change->note ? ")" : "");
}

/* Of the spec, doctor_run() has told what a runtime would fail on. */
static bool is_of_groups(const struct doctor *d, const struct crw_change *change)
{
	const char *spec = crw_spec_name(d->crw);

	return change->file && strcmp(change->file, NAME) == 0 &&
	       !(spec && strcmp(change->image, spec) == 0);
}

void doctor_groups(struct doctor *d)
{
	if (d->crw->config_error || d->rules_failed || doctor_ignores_groups(d))
		return;
	crw_set_trace(d->crw, false);
	if (crw_add_rules_text(d->crw, NAME, probe, strlen(probe)) < 0 || crw_run(d->crw) < 0) {
		doctor_find(d, CAUSE_GROUP, CRW_LEVEL_UNKNOWN, "cgroup.img", NULL,
			    "cannot be made to fit: %s", d->crw->err.text);
		return;
	}
	for (size_t i = 0; i < crw_change_count(d->crw); i++) {
		const struct crw_change *change = crw_change(d->crw, i);

		if (is_of_groups(d, change) && doctor_look(d))
			say(d, change);
	}
}
