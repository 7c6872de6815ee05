/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is planned for groups of this host, for the public header. */
#include "cgroup/create.h"
#include "context.h"

void crw_plan_groups(struct crw *crw)
{
	crw->prepares = true;
	crw->removes = false;
}

void crw_plan_no_groups(struct crw *crw)
{
	crw->prepares = crw->removes = true;
}

static struct crw_step public_step(const struct cgroup_step *s)
{
	return (struct crw_step){
		.hierarchy = s->label,
		.group = s->group,
		.path = s->path,
		.file = s->type == CGROUP_MAKE ? NULL : s->file,
		.value = s->type == CGROUP_WRITE ? s->value : NULL,
		.owned = s->owner.known,
		.uid = s->owner.uid,
		.gid = s->owner.gid,
		.mode = s->owner.mode,
	};
}

/* What waits for the tasks is the plugin's. */
int crw_each_step(const struct crw *crw, crw_step_sink sink, void *arg)
{
	int status = 0;

	for (const struct cgroup_step *s = crw->steps; s && status == 0; s = s->next) {
		const struct crw_step step = public_step(s);

		if (s->when == CGROUP_NOW)
			status = sink(arg, &step);
	}
	return status;
}
