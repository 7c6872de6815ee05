/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capabilities.h"

#include <string.h>

#define MAP "creds.caps"

/* As of Linux 6.18. */
static const struct display_flag rows_of_all[] = {
	{ (1ull << 41) - 1, MAP, "CAP_FULL_SET" },
	{ 1ull << 0, MAP, "CAP_CHOWN" },
	{ 1ull << 1, MAP, "CAP_DAC_OVERRIDE" },
	{ 1ull << 2, MAP, "CAP_DAC_READ_SEARCH" },
	{ 1ull << 3, MAP, "CAP_FOWNER" },
	{ 1ull << 4, MAP, "CAP_FSETID" },
	{ 1ull << 5, MAP, "CAP_KILL" },
	{ 1ull << 6, MAP, "CAP_SETGID" },
	{ 1ull << 7, MAP, "CAP_SETUID" },
	{ 1ull << 8, MAP, "CAP_SETPCAP" },
	{ 1ull << 9, MAP, "CAP_LINUX_IMMUTABLE" },
	{ 1ull << 10, MAP, "CAP_NET_BIND_SERVICE" },
	{ 1ull << 11, MAP, "CAP_NET_BROADCAST" },
	{ 1ull << 12, MAP, "CAP_NET_ADMIN" },
	{ 1ull << 13, MAP, "CAP_NET_RAW" },
	{ 1ull << 14, MAP, "CAP_IPC_LOCK" },
	{ 1ull << 15, MAP, "CAP_IPC_OWNER" },
	{ 1ull << 16, MAP, "CAP_SYS_MODULE" },
	{ 1ull << 17, MAP, "CAP_SYS_RAWIO" },
	{ 1ull << 18, MAP, "CAP_SYS_CHROOT" },
	{ 1ull << 19, MAP, "CAP_SYS_PTRACE" },
	{ 1ull << 20, MAP, "CAP_SYS_PACCT" },
	{ 1ull << 21, MAP, "CAP_SYS_ADMIN" },
	{ 1ull << 22, MAP, "CAP_SYS_BOOT" },
	{ 1ull << 23, MAP, "CAP_SYS_NICE" },
	{ 1ull << 24, MAP, "CAP_SYS_RESOURCE" },
	{ 1ull << 25, MAP, "CAP_SYS_TIME" },
	{ 1ull << 26, MAP, "CAP_SYS_TTY_CONFIG" },
	{ 1ull << 27, MAP, "CAP_MKNOD" },
	{ 1ull << 28, MAP, "CAP_LEASE" },
	{ 1ull << 29, MAP, "CAP_AUDIT_WRITE" },
	{ 1ull << 30, MAP, "CAP_AUDIT_CONTROL" },
	{ 1ull << 31, MAP, "CAP_SETFCAP" },
	{ 1ull << 32, MAP, "CAP_MAC_OVERRIDE" },
	{ 1ull << 33, MAP, "CAP_MAC_ADMIN" },
	{ 1ull << 34, MAP, "CAP_SYSLOG" },
	{ 1ull << 35, MAP, "CAP_WAKE_ALARM" },
	{ 1ull << 36, MAP, "CAP_BLOCK_SUSPEND" },
	{ 1ull << 37, MAP, "CAP_AUDIT_READ" },
	{ 1ull << 38, MAP, "CAP_PERFMON" },
	{ 1ull << 39, MAP, "CAP_BPF" },
	{ 1ull << 40, MAP, "CAP_CHECKPOINT_RESTORE" },
};

bool capabilities_is_field(const struct field_type *f)
{
	return strncmp(field_name(f), "cap_", 4) == 0 &&
	       strcmp(message_name(field_owner(f)), "creds_entry") == 0;
}

size_t capabilities_rows(const struct display_flag **rows, size_t most)
{
	size_t count = 0;

	for (; count < sizeof(rows_of_all) / sizeof(rows_of_all[0]) && count < most; count++)
		rows[count] = &rows_of_all[count];
	return count;
}

bool capabilities_of(const struct value *list, struct value *out)
{
	uint64_t bits = 0;

	if (list->type != VALUE_LIST || !list->item_count || list->item_count > CAPABILITY_WORDS)
		return false;
	for (size_t i = 0; i < list->item_count; i++)
		bits |= (uint64_t)list->items[i].number << (32 * i);
	*out = value_number(bits);
	return true;
}
