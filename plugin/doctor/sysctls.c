/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings of namespaces, which CRIU writes below /proc/sys (criu/ipc_ns.c, criu/net.c). */
#include <errno.h>
#include <stdio.h>

#include "../../proto/file.h"
#include "place.h"

#define IPV6_MTU 1280 /* net/ipv6.h: IPV6_MIN_MTU; a device with less has no settings of IPv6 */

struct setting {
	const char *field, *file;
};

/* Of an ipc namespace: written if the field is there. */
static const struct setting ipc[] = {
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

/* Of a network namespace: lists of settings, which a directory or a file stands for. */
static const struct setting net[] = {
	{ "all_conf4", "net/ipv4/conf/all" },       { "def_conf4", "net/ipv4/conf/default" },
	{ "all_conf6", "net/ipv6/conf/all" },       { "def_conf6", "net/ipv6/conf/default" },
	{ "unix_conf", "net/unix/max_dgram_qlen" }, { "ipv4_sysctl", "net/ipv4/ping_group_range" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool is_set(struct doctor *d, const struct crw_message *entry, const char *field)
{
	struct crw_value value;

	if (doctor_get(d, entry, field, &value))
		return true;
	value = (struct crw_value){ .number = 0 };
	return crw_get_next(d->crw, entry, field, &value) > 0;
}

/* What the kernel of the dump did not have is in the list, too, without a value. */
static bool has_values(struct doctor *d, const struct crw_message *entry, const char *list)
{
	struct crw_value setting = { .number = 0 }, value;

	while (crw_get_next(d->crw, entry, list, &setting) > 0)
		if (doctor_get(d, &setting.message, "iarg", &value) ||
		    doctor_get(d, &setting.message, "sarg", &value))
			return true;
	return false;
}

static void look_for(struct doctor *d, const char *file)
{
	const char *path = arena_printf(&d->arena, "/proc/sys/%s", file);
	cleanup_close int fd = -1;

	if (!path || !doctor_look(d))
		return;
	fd = place_open_host(d, path);
	if (fd < 0 && errno == ENOENT)
		doctor_find(d, CAUSE_SYSCTL, CRW_LEVEL_FAILURE, path, NULL,
			    "is a setting of the checkpoint, and is not here");
	else if (fd < 0)
		doctor_unseen(d, CAUSE_SYSCTL, path);
}

static void take_ipc(struct doctor *d, const struct crw_message *entry, void *arg)
{
	for (size_t i = 0; i < COUNT(ipc); i++)
		if (is_set(d, entry, ipc[i].field))
			look_for(d, ipc[i].file);
}

static void take_net(struct doctor *d, const struct crw_message *entry, void *arg)
{
	for (size_t i = 0; i < COUNT(net); i++)
		if (has_values(d, entry, net[i].field))
			look_for(d, net[i].file);
}

static void take_device(struct doctor *d, const struct crw_message *device, void *arg)
{
	const char *path = arena_printf(&d->arena, "/proc/sys/net/ipv6/conf/%s",
					doctor_text(d, device, "name"));
	unsigned long long mtu = doctor_number(d, device, "mtu", IPV6_MTU);

	if (path && doctor_look(d) && mtu < IPV6_MTU && has_values(d, device, "conf6"))
		doctor_find(
			d, CAUSE_SYSCTL, CRW_LEVEL_FAILURE, path,
			"give it an MTU of 1280, or delete its conf6",
			"are settings of the checkpoint, and a device with an MTU of %llu has none",
			mtu);
}

void doctor_sysctls(struct doctor *d)
{
	doctor_each_image(d, "ipc_var", take_ipc, NULL);
	if (options_get(&d->options, "weak-sysctls", 0))
		return;
	doctor_each_image(d, "netns", take_net, NULL);
	doctor_each_image(d, "netdev", take_device, NULL);
}
