/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../proto/kind.h"
#include "../../proto/raw.h"
#include "test.h"

static const char *kind_name(const char *file)
{
	const struct image_kind *kind = kind_of_file(file, NULL);

	return kind ? kind->name : "none";
}

static void test_files(void)
{
	static const struct {
		const char *file, *kind;
	} rows[] = {
		{ "core-7.img", "core" },
		{ "pagemap-1.img", "pagemap" },
		{ "pagemap-shmem-12.img", "shmem_pagemap" },
		{ "pages-1.img", "pages" },
		{ "netns-10.img", "netns" },
		{ "netns-ct-10.img", "netnf_ct" },
		{ "tmpfs-5.tar.gz.img", "tmpfs_img" },
		{ "tmpfs-dev-5.tar.gz.img", "tmpfs_dev" },
		{ "ghost-file-1a.img", "ghost_file" },
		{ "binfmt-misc.img", "binfmt_misc" },
		{ "binfmt-misc-3.img", "binfmt_misc_old" },
		{ "tty.img", "tty_files" },
		{ "tty-info.img", "tty_info" },
		{ "stats-dump", "stats" },
		{ "irmap-cache", "irmap_cache" },
		{ "signal-p-1.img", "psignal" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_text(kind_name(rows[i].file), rows[i].kind, rows[i].file);
}

static void test_no_files(void)
{
	static const char *const names[] = {
		"",
		"core",
		"core-.img",
		"core-7",
		"core-7.img.bak",
		".core-7.img",
		"core-7.old.img",
		"core-7/8.img",
		"core-*.img",
		"cgroup.im",
		"cgroup.imgx",
		"xcgroup.img",
		"-.img",
		"pagemap-shmem-.img",
		"core--7.img",
		"descriptors.json",
		"core-\xc3\xa4.img",
		"dump.log",
		"stats-",
		"CORE-7.img",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		is_text(kind_name(names[i]), "none", names[i]);
	is_text(kind_name("core-7\n.img"), "none", "an id with a line end");
}

static void test_ids(void)
{
	struct span id = span_text("untouched");

	ok(kind_of_file("core-1234.img", &id) && span_is(id, "1234"), "the id");
	ok(kind_of_file("cgroup.img", &id) && id.size == 0, "no id");
	id = span_text("untouched");
	ok(!kind_of_file("nothing", &id) && span_is(id, "untouched"), "no kind, no id");
}

static bool same_text(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* The table against itself: what must hold of every row. */
static void test_table(void)
{
	size_t wrong = 0, twice = 0, raw = 0;

	for (size_t i = 0; i < kind_count(); i++) {
		const struct image_kind *k = kind_at(i);
		const char *star = strchr(k->pattern, '*');

		wrong += kind_named(k->name, strlen(k->name)) != k;
		wrong += (k->magic == 0) != (k->entry == NULL);
		wrong += (k->magic == 0) != (k->magic_name == NULL);
		wrong += star && strchr(star + 1, '*');
		wrong += k->magic && k->raw == RAW_NOT &&
			 kind_of_magic(k->magic)->entry != k->entry;
		wrong += k->raw_magic && k->raw != RAW_NETLINK;
		raw += k->magic == 0;
		for (size_t j = 0; j < i; j++) {
			twice += same_text(kind_at(j)->name, k->name);
			twice += same_text(kind_at(j)->pattern, k->pattern);
		}
	}
	is_number((long long)wrong, 0, "every row is sound");
	is_number((long long)twice, 0, "no name or pattern twice");
	ok(raw > 0 && raw < kind_count() / 4, "some kinds have no entries");
	ok(!kind_at(kind_count()), "no row behind the last");
}

static void test_magic(void)
{
	is_text(kind_of_magic(0x56084025)->name, "pagemap", "the first of those that share it");
	is_text(kind_of_magic(0x59383330)->magic_name, "CGROUP", "crit's name");
	ok(!kind_of_magic(0) && !kind_of_magic(0x54564319) && !kind_of_magic(1), "no kind's");
	ok(!kind_of_magic(RAW_ENTRIES_MAGIC), "no file has that of raw entries");
	ok(kind_of_magic(0x57093306)->service, "stats are a service file");
}

static void test_names(void)
{
	is_text(kind_named("core", 4)->pattern, "core-*.img", "by name");
	ok(!kind_named("cor", 3) && !kind_named("", 0) && !kind_named("core-", 5), "near misses");
	ok(kind_named("corex", 4) == kind_named("core", 4), "a name inside a text");
}

static size_t kinds_with(const char *message, const char **first)
{
	const struct message_type *m = message_find(message, strlen(message));
	const struct image_kind *kind;
	size_t at = 0, count = 0;

	while ((kind = kind_of_message(m, &at))) {
		if (count++ == 0)
			*first = kind->name;
	}
	return count;
}

static void test_messages(void)
{
	const char *first = NULL;

	is_number((long long)kinds_with("cgroup_entry", &first), 1, "one kind for most");
	is_text(first, "cgroup", "that one");
	is_number((long long)kinds_with("pagemap_head", &first), 2, "heads count");
	is_number((long long)kinds_with("signal_queue_entry", &first), 2, "two kinds");
	is_number((long long)kinds_with("ghost_chunk_entry", &first), 1, "what follows a head");
	is_number((long long)kinds_with("cg_set_entry", &first), 0, "no entry of its own");
	is_number((long long)kinds_with("no such message", &first), 0, "no message");
}

int main(void)
{
	test_files();
	test_no_files();
	test_ids();
	test_table();
	test_magic();
	test_names();
	test_messages();
	return test_end();
}
