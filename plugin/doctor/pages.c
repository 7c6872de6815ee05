/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contents of memory: are they all there? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../proto/file.h"
#include "doctor.h"

#define FLAG_PARENT 1 /* criu/include/pagemap.h: PE_PARENT, PE_PRESENT */
#define FLAG_PRESENT 4
#define PAGES_MAX (1ull << 40)

struct pages {
	uint64_t total;    /* pages that a restore makes */
	bool wants_parent; /* some of them are in the checkpoint before this one */
	bool is_compressed;
	/* of the image that is gone through */
	bool is_behind_head;
	uint64_t id, present;
};

/* Before there were flags, all were there that were not in the parent. */
static uint64_t flags_of(struct doctor *d, const struct crw_message *entry)
{
	bool in_parent = doctor_number(d, entry, "in_parent", 0);

	return doctor_number(d, entry, "flags", in_parent ? FLAG_PARENT : FLAG_PRESENT);
}

/* Sums stay within what a number can count. */
static uint64_t plus(uint64_t sum, uint64_t count)
{
	return count < PAGES_MAX && sum + count < PAGES_MAX ? sum + count : PAGES_MAX;
}

static void take_entry(struct doctor *d, const struct crw_message *entry, void *arg)
{
	struct pages *pages = arg;
	uint64_t count, flags;

	if (!pages->is_behind_head) {
		pages->is_behind_head = true;
		pages->id = doctor_number(d, entry, "pages_id", 0);
		return;
	}
	count = doctor_number(d, entry, "nr_pages", doctor_number(d, entry, "compat_nr_pages", 0));
	flags = flags_of(d, entry);
	if (flags & FLAG_PRESENT)
		pages->present = plus(pages->present, count);
	pages->wants_parent = pages->wants_parent || flags & FLAG_PARENT;
	if (flags & (FLAG_PRESENT | FLAG_PARENT))
		pages->total = plus(pages->total, count);
}

static void check_file(struct doctor *d, const struct pages *pages)
{
	struct stat st = { .st_size = 0 };
	char file[48];

	snprintf(file, sizeof(file), "pages-%llu.img", (unsigned long long)pages->id);
	if (fstatat(d->crw->checkpoint.dir, file, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			doctor_unseen(d, CAUSE_PAGES, file);
		if (errno != ENOENT || !pages->present)
			return;
	}
	if (!pages->is_compressed && (uint64_t)st.st_size / DOCTOR_PAGE < pages->present)
		doctor_find(d, CAUSE_PAGES, CRW_LEVEL_FAILURE, file, NULL,
			    "has %llu pages instead of %llu",
			    (unsigned long long)st.st_size / DOCTOR_PAGE,
			    (unsigned long long)pages->present);
}

struct each {
	struct doctor *d;
	struct pages *pages;
};

uint64_t doctor_count_pages(struct doctor *d, const char *pagemap)
{
	struct pages pages = { .total = 0 };

	doctor_each_entry(d, pagemap, take_entry, &pages);
	return pages.total;
}

static int take_file(void *arg, const struct dirent *file, struct error *err)
{
	struct each *each = arg;
	struct pages *pages = each->pages;

	if (strncmp(file->d_name, "pagemap-", strlen("pagemap-")) != 0)
		return 0;
	pages->is_behind_head = false;
	pages->present = 0;
	doctor_each_entry(each->d, file->d_name, take_entry, pages);
	check_file(each->d, pages);
	return 0;
}

/* A link that leads nowhere stops CRIU even when nothing in it is needed. */
static void check_parent(struct doctor *d, const struct pages *pages)
{
	cleanup_close int fd = openat(d->crw->checkpoint.dir, "parent",
				      O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		doctor_unseen(d, CAUSE_PARENT, "parent");
	else if (fd < 0 && doctor_has_file(d, "parent"))
		doctor_find(d, CAUSE_PARENT, CRW_LEVEL_FAILURE, "parent", NULL, "leads nowhere");
	else if (fd < 0 && pages->wants_parent)
		doctor_find(d, CAUSE_PARENT, CRW_LEVEL_FAILURE, "parent",
			    "put a link `parent` there that leads to it",
			    "is not there, and some pages are in the checkpoint before this one");
}

static void take_inventory(struct doctor *d, const struct crw_message *inventory, void *arg)
{
	bool *is_compressed = arg;

	*is_compressed = doctor_number(d, inventory, "compress", 0);
}

void doctor_pages(struct doctor *d)
{
	struct pages pages = { .total = 0 };
	struct each each = { d, &pages };
	struct error err;

	doctor_each_entry(d, "inventory.img", take_inventory, &pages.is_compressed);
	if (checkpoint_each_file(d->crw->checkpoint.dir, take_file, &each, &err) < 0)
		doctor_find(d, CAUSE_IMAGE, CRW_LEVEL_UNKNOWN, "pagemap", NULL, "%s", err.text);
	check_parent(d, &pages);
	doctor_check_room(d, pages.total);
}
