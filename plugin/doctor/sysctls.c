/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings of namespaces, which CRIU writes below /proc/sys (criu/ipc_ns.c). */
#include <errno.h>
#include <stdio.h>

#include "../../proto/file.h"
#include "place.h"

/* Of an ipc namespace: written if the field is there. */
static const struct {
	const char *field, *file;
} settings[] = {
	{ "sem_ctls", "kernel/sem" },
	{ "msg_ctlmax", "kernel/msgmax" },
	{ "msg_ctlmnb", "kernel/msgmnb" },
	{ "auto_msgmni", "kernel/auto_msgmni" },
	{ "msg_ctlmni", "kernel/msgmni" },
	{ "shm_ctlmax", "kernel/shmmax" },
	{ "shm_ctlall", "kernel/shmall" },
	{ "shm_ctlmni", "kernel/shmmni" },
	{ "shm_rmid_forced", "kernel/shm_rmid_forced" },
	{ "mq_msg_default", "fs/mqueue/queues_max" },
	{ "mq_msg_default", "fs/mqueue/msg_max" },
	{ "mq_msg_default", "fs/mqueue/msgsize_max" },
	{ "mq_msg_default", "fs/mqueue/msg_default" },
	{ "mq_msgsize_default", "fs/mqueue/msgsize_default" },
	{ "msg_next_id", "kernel/msg_next_id" },
	{ "sem_next_id", "kernel/sem_next_id" },
	{ "shm_next_id", "kernel/shm_next_id" },
};

static bool is_set(struct doctor *d, const struct crw_message *entry, const char *field)
{
	struct crw_value value;

	if (doctor_get(d, entry, field, &value))
		return true;
	value = (struct crw_value){ .number = 0 };
	return crw_get_next(d->crw, entry, field, &value) > 0;
}

static void take_variables(struct doctor *d, const struct crw_message *entry, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const char *path = arena_printf(&d->arena, "/proc/sys/%s", settings[i].file);
		cleanup_close int fd = -1;

		if (!path || !is_set(d, entry, settings[i].field) || !doctor_look(d))
			continue;
		fd = place_open_host(d, path);
		if (fd < 0 && errno == ENOENT)
			doctor_find(d, CAUSE_SYSCTL, CRW_LEVEL_FAILURE, path, NULL,
				    "is a setting of the checkpoint, and is not here");
	}
}

void doctor_sysctls(struct doctor *d)
{
	doctor_each_image(d, "ipc_var", take_variables, NULL);
}
