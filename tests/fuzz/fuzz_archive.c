/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Archives of checkpoints from strangers. The input: the number of the command line, a byte
 * that says whether the checksums of its headers are to be right, and the archive.
 */
#define FUZZ_ROUNDS 300 /* each unpacks into a directory */
#define FUZZ_CUT_MAX 1
#include "command.h"

#define TAR_BLOCK 512u
#define TAR_CHECKSUM 148u /* eight bytes of the header, blanks when it is calculated */
#define TAR_MAGIC 257u

static const char *const lines[] = {
	"plan --rules @/rules @/in.tar",
	"explain --rules @/rules @/in.tar",
	"apply --rules @/rules -o @/out.tar @/in.tar",
	"apply --rules @/rules -o @/out.tar.gz --limit-archive 64K @/in.tar",
	"show @/in.tar",
	"show --json --limit-archive 64K @/in.tar",
	"decode -i @/in.tar:cgroup.img -o @/out.img",
	"info @/in.tar:checkpoint/pstree.img",
	"get @/in.tar core_entry.tc.comm",
	"diff @/in.tar @/dump",
	"diff --json @/in.tar @/in.tar",
	"x @/in.tar ps",
	"x @/in.tar mems",
};

#define LINES (sizeof(lines) / sizeof(lines[0]))

static void begin(void)
{
	struct buffer image = { 0 };
	char path[40];

	command_begin();
	fuzz_put(command_root, "rules",
		 span_text("cgroup_entry//properties set value=\"0-1\"\n"
			   "core_entry.tc set comm=\"b\"\ncgroup_entry fit\n"));
	for (size_t i = 0; i < COMMAND_IMAGES; i++) {
		snprintf(path, sizeof(path), "dump/%s", command_images[i].file);
		command_image(i, &image);
		fuzz_put(command_root, path, buffer_span(&image));
		buffer_clear(&image);
	}
	buffer_free(&image);
}

/* Without it nothing but the reader of headers would ever be reached. */
static void make_checksums_right(uint8_t *tar, size_t size)
{
	for (size_t at = 0; at + TAR_BLOCK <= size; at += TAR_BLOCK) {
		uint8_t *header = tar + at;
		unsigned sum = 8 * ' ';
		char text[8];

		if (memcmp(header + TAR_MAGIC, "ustar", 5) != 0)
			continue;
		for (unsigned i = 0; i < TAR_BLOCK; i++)
			sum += i - TAR_CHECKSUM < 8 ? 0u : header[i];
		snprintf(text, sizeof(text), "%06o", sum);
		memcpy(header + TAR_CHECKSUM, text, 7);
		header[TAR_CHECKSUM + 7] = ' ';
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer tar = { 0 };

	if (command_root < 0)
		begin();
	if (size < 2)
		return 0;
	buffer_append(&tar, span_of(data + 2, size - 2));
	if (data[1] & 1)
		make_checksums_right(tar.data, tar.size);
	fuzz_put(command_root, "in.tar", buffer_span(&tar));
	buffer_free(&tar);
	command_run(lines[data[0] % LINES], "");
	return 0;
}

/* ---- what to begin with: each command line with an archive of each form ---- */

static int (*const formats[])(struct archive *) = {
	archive_write_set_format_ustar,
	archive_write_set_format_pax,
	archive_write_set_format_gnutar,
};
static int (*const filters[])(struct archive *) = {
	archive_write_add_filter_none,
	archive_write_add_filter_gzip,
	archive_write_add_filter_zstd,
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))
#define FILTERS (sizeof(filters) / sizeof(filters[0]))

static void put_member(struct archive *a, const char *name, unsigned type, struct span content)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_size(entry, type == AE_IFREG ? (la_int64_t)content.size : 0);
	if (type == AE_IFLNK)
		archive_entry_set_symlink(entry, (const char *)content.data);
	else if (content.size > 8)
		archive_entry_sparse_add_entry(entry, 0, (la_int64_t)content.size);
	archive_entry_xattr_add_entry(entry, "user.a", "b", 1);
	archive_write_header(a, entry);
	archive_write_data(a, content.data, content.size);
	archive_entry_free(entry);
}

static void put_members(struct archive *a)
{
	struct buffer image = { 0 };
	char name[300];

	put_member(a, "spec.dump", AE_IFREG, span_text("{\"ociVersion\":\"1\"}"));
	put_member(a, "checkpoint/", AE_IFDIR, span_of(NULL, 0));
	put_member(a, "checkpoint/parent", AE_IFLNK, span_text("../x"));
	for (size_t i = 0; i < COMMAND_IMAGES; i++) {
		snprintf(name, sizeof(name), "checkpoint/%s", command_images[i].file);
		command_image(i, &image);
		put_member(a, name, AE_IFREG, buffer_span(&image));
		buffer_clear(&image);
	}
	buffer_free(&image);
	put_member(a, "checkpoint/pages-1.img", AE_IFREG, span_text("page"));
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = 0;
	put_member(a, name, AE_IFREG, span_text("long"));
}

bool fuzz_seed(size_t index, struct buffer *seed)
{
	static char tar[FUZZ_SIZE_MAX];
	size_t form = index / LINES, used = 0;
	struct archive *a = archive_write_new();

	if (form < FORMATS * FILTERS) {
		buffer_byte(seed, (uint8_t)index);
		buffer_byte(seed, form % FILTERS == 0);
		formats[form / FILTERS](a);
		filters[form % FILTERS](a);
		archive_write_open_memory(a, tar, sizeof(tar), &used);
		put_members(a);
		archive_write_close(a);
		buffer_append(seed, span_of(tar, used));
	}
	archive_write_free(a);
	return form < FORMATS * FILTERS;
}
