/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An archive anew: all members in their order and with what is known of them,
 * only changed images have other contents; behind them those that rules have added.
 * From one .tar to another what has not changed is copied byte by byte, headers included.
 * It appears when it is complete.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "archive.h"

#define ZEROS_SIZE (256 << 10)
#define CHUNK (64u << 10) /* of what the kernel does not copy */

#define NOTHING (-1)

struct rewriting {
	struct cli *cli;
	struct archive_reader reader;
	struct archive *writer;
	const char *new_path;
	int64_t size, limit; /* of all that is in it; what it may be */
	FILE *file;          /* the new archive */
	int from, to;        /* descriptors of the old and the new one */
	bool plain;          /* neither is compressed */
	int64_t kept;        /* where members begin that are still to be copied, or NOTHING */
	int64_t room;        /* bytes that the new archive may take on its disk */
	size_t replaced;
	bool *written;               /* of changed images, by index */
	struct archive_entry *model; /* what is known of inventory.img; NULL: not seen yet */
	char *zeros;                 /* ZEROS_SIZE of them */
};

/* ---- the new archive ------------------------------------------------------ */

static int add_no_filter(struct archive *a)
{
	return ARCHIVE_OK;
}

/* A time in it would make each archive another. */
static int add_gzip(struct archive *a)
{
	if (la.write_add_filter_gzip(a) != ARCHIVE_OK)
		return ARCHIVE_FATAL;
	return la.write_set_filter_option(a, "gzip", "timestamp", NULL);
}

/* Libraries before 3.6 know no threads, which is no harm. */
static int add_zstd(struct archive *a)
{
	char threads[16];

	if (la.write_add_filter_zstd(a) != ARCHIVE_OK)
		return ARCHIVE_FATAL;
	snprintf(threads, sizeof(threads), "%d", get_nprocs());
	la.write_set_filter_option(a, "zstd", "threads", threads);
	return ARCHIVE_OK;
}

static const struct {
	const char *suffix;
	int (*add)(struct archive *a);
} filters[] = {
	{ ".tar", add_no_filter }, { ".tar.gz", add_gzip }, { ".tgz", add_gzip },
	{ ".tar.zst", add_zstd },  { ".tzst", add_zstd },
};

#define FILTERS (sizeof(filters) / sizeof(filters[0]))

/* FILTERS: none has this name. */
static size_t filter_of(const char *path)
{
	size_t length = strlen(path), i;

	for (i = 0; i < FILTERS; i++) {
		size_t suffix = strlen(filters[i].suffix);

		if (length > suffix && strcmp(path + length - suffix, filters[i].suffix) == 0)
			break;
	}
	return i;
}

bool archive_is_name(const char *path)
{
	return filter_of(path) < FILTERS;
}

static la_ssize_t write_block(struct archive *a, void *arg, const void *data, size_t size)
{
	const struct rewriting *r = arg;

	if (write_out(r->file, data, size) == 0)
		return (la_ssize_t)size;
	la.set_error(a, errno, "%s", strerror(errno));
	return -1;
}

/* With pax headers: ustar alone has no parts of a second. Nothing waits in libarchive, so
 * that other bytes can go between. */
static enum status begin_writing(struct rewriting *r, size_t filter)
{
	r->writer = la.write_new();
	if (!r->writer)
		return complain("out of memory");
	if (la.write_set_format_pax(r->writer) == ARCHIVE_OK &&
	    la.write_set_bytes_per_block(r->writer, 0) == ARCHIVE_OK &&
	    filters[filter].add(r->writer) == ARCHIVE_OK &&
	    la.write_open(r->writer, r, NULL, write_block, NULL) == ARCHIVE_OK)
		return STATUS_DONE;
	return complain("%s: %s", r->new_path, la.error_string(r->writer));
}

/* ---- members -------------------------------------------------------------- */

static enum status fail_writing(const struct rewriting *r, struct archive_entry *entry)
{
	return complain("%s: %s: %s", r->new_path, la.entry_pathname(entry),
			la.error_string(r->writer));
}

#define UNCHANGED SIZE_MAX

/* The index of the member among the images that differ now, or UNCHANGED. */
static size_t changed_image(const struct rewriting *r)
{
	for (size_t i = 0; r->reader.image && i < crw_image_count(r->cli->crw); i++)
		if (strcmp(crw_image_name(r->cli->crw, i), r->reader.image) == 0)
			return i;
	return UNCHANGED;
}

static int put(void *arg, const void *data, size_t size)
{
	const struct rewriting *r = arg;

	return la.write_data(r->writer, data, size) == (la_ssize_t)size ? 0 : -1;
}

/* A small archive can hold what no disk has room for. */
static enum status check_size(const struct rewriting *r, struct archive_entry *entry, int64_t size,
			      int64_t written)
{
	if (size <= r->limit - r->size && written <= r->room - lseek(r->to, 0, SEEK_CUR))
		return STATUS_DONE;
	return complain("%s: %s: with it there is more in it than %lld bytes, or the new archive "
			"takes more than half of what is free; allow more with --limit-archive",
			r->reader.path, la.entry_pathname(entry), (long long)r->limit);
}

static enum status put_image(struct rewriting *r, struct archive_entry *entry, size_t index)
{
	if (crw_image_write(r->cli->crw, index, put, r) < 0)
		return fail_writing(r, entry);
	return STATUS_DONE;
}

static bool is_changed_spec(const struct rewriting *r)
{
	const struct crw *crw = r->cli->crw;

	return r->reader.spec && crw_spec_changed(crw) &&
	       strcmp(r->reader.spec, crw_spec_name(crw)) == 0;
}

static enum status put_spec(struct rewriting *r, struct archive_entry *entry)
{
	if (crw_spec_write(r->cli->crw, put, r) < 0)
		return fail_writing(r, entry);
	return STATUS_DONE;
}

static enum status put_checked(struct rewriting *r, struct archive_entry *entry, const void *data,
			       size_t size)
{
	if (put(r, data, size) < 0)
		return fail_writing(r, entry);
	return check_size(r, entry, 0, 0);
}

/* A hole: what writes the archive wants zeros, and leaves them out again. */
static enum status put_zeros(struct rewriting *r, struct archive_entry *entry, int64_t count)
{
	enum status status = STATUS_DONE;

	for (; count > 0 && status == STATUS_DONE; count -= ZEROS_SIZE)
		status = put_checked(r, entry, r->zeros,
				     count < ZEROS_SIZE ? (size_t)count : ZEROS_SIZE);
	return status;
}

/* From where it was read to, without another copy. */
static enum status copy_data(struct rewriting *r, struct archive_entry *entry)
{
	la_int64_t at, done = 0;
	const void *data;
	size_t size;
	int result;

	while ((result = la.read_data_block(r->reader.archive, &data, &size, &at)) == ARCHIVE_OK) {
		if (put_zeros(r, entry, at - done) != STATUS_DONE ||
		    put_checked(r, entry, data, size) != STATUS_DONE)
			return STATUS_ERROR;
		done = at + (la_int64_t)size;
	}
	return result == ARCHIVE_EOF ? STATUS_DONE :
				       archive_complain(&r->reader, entry, r->reader.archive);
}

/* libarchive 3.6 writes a file that is one hole in a way that nobody can read,
 * itself included: such a file is written as zeros. */
static bool is_one_hole(struct archive_entry *entry)
{
	la_int64_t at, size;

	if (la.entry_sparse_reset(entry) == 0)
		return false;
	while (la.entry_sparse_next(entry, &at, &size) == ARCHIVE_OK)
		if (size > 0)
			return false;
	return true;
}

/* Sets what differs in the header: a hole becomes zeros, others stay holes. */
static enum status begin_member(struct rewriting *r, struct archive_entry *entry, size_t index,
				bool changed_spec)
{
	bool changed = index != UNCHANGED || changed_spec, hole = !changed && is_one_hole(entry);
	int64_t size;

	if (index != UNCHANGED)
		la.entry_set_size(entry, (la_int64_t)crw_image_size(r->cli->crw, index));
	if (changed_spec)
		la.entry_set_size(entry, (la_int64_t)crw_spec_size(r->cli->crw));
	if (changed || hole)
		la.entry_sparse_clear(entry);
	size = la.entry_size(entry);
	if (check_size(r, entry, size, hole ? size : 0) != STATUS_DONE)
		return STATUS_ERROR;
	r->size += size;
	r->replaced += changed;
	return la.write_header(r->writer, entry) == ARCHIVE_OK ? STATUS_DONE :
								 fail_writing(r, entry);
}

static enum status write_member(struct rewriting *r, struct archive_entry *entry, size_t index,
				bool changed_spec)
{
	enum status status = begin_member(r, entry, index, changed_spec);

	if (status != STATUS_DONE)
		return status;
	status = index != UNCHANGED ? put_image(r, entry, index) :
		 changed_spec       ? put_spec(r, entry) :
				      copy_data(r, entry);
	if (status == STATUS_DONE && la.write_finish_entry(r->writer) != ARCHIVE_OK)
		status = fail_writing(r, entry);
	return status;
}

/* ---- members that stay as they are ---------------------------------------- */

/* What the kernel could not copy fails once more by hand, and then tells why. */
static enum status copy_range(const struct rewriting *r, off_t at, off_t end)
{
	char chunk[CHUNK];
	ssize_t n = 1;
	bool good = fflush(r->file) == 0;

	while (good && at < end &&
	       copy_file_range(r->from, &at, r->to, NULL, (size_t)(end - at), 0) > 0)
		;
	for (; good && at < end && n > 0; at += n) {
		n = pread(r->from, chunk, end - at < CHUNK ? (size_t)(end - at) : CHUNK, at);
		good = n <= 0 || write_out(r->file, chunk, (size_t)n) == 0;
	}
	if (!good)
		return complain("%s: %s", r->new_path, strerror(errno));
	if (n < 0)
		return complain("%s: %s", r->reader.path, strerror(errno));
	return n ? STATUS_DONE :
		   complain("%s: ends in a member; copy it once more, or make it anew",
			    r->reader.path);
}

/* Those in front of the header that was read last. */
static enum status copy_kept(struct rewriting *r)
{
	int64_t at = r->kept, end = la.read_header_position(r->reader.archive);

	r->kept = NOTHING;
	if (at == NOTHING)
		return STATUS_DONE;
	progress_at(r->new_path);
	if (end - at > r->room - lseek(r->to, 0, SEEK_CUR))
		return complain("%s: the new archive takes more than half of what is free; allow "
				"more with --limit-archive",
				r->reader.path);
	return copy_range(r, at, end);
}

/* Its end is where the next one begins. */
static enum status keep_member(struct rewriting *r, struct archive_entry *entry)
{
	int64_t size = la.entry_size(entry);

	if (check_size(r, entry, size, 0) != STATUS_DONE)
		return STATUS_ERROR;
	r->size += size;
	if (r->kept == NOTHING)
		r->kept = la.read_header_position(r->reader.archive);
	return STATUS_DONE;
}

/* ---- all of them ---------------------------------------------------------- */

static enum status copy_member(struct rewriting *r, struct archive_entry *entry)
{
	size_t index = changed_image(r);
	bool changed_spec = is_changed_spec(r);

	if (index != UNCHANGED)
		r->written[index] = true;
	if (r->reader.image && strcmp(r->reader.image, "inventory.img") == 0 && !r->model) {
		r->model = la.entry_clone(entry);
		if (!r->model)
			return complain("out of memory");
	}
	if (r->plain && index == UNCHANGED && !changed_spec)
		return keep_member(r, entry);
	if (copy_kept(r) != STATUS_DONE)
		return STATUS_ERROR;
	return write_member(r, entry, index, changed_spec);
}

/* An image that the archive does not have: owner, mode and time are those of inventory.img. */
static enum status add_member(struct rewriting *r, size_t index)
{
	const char *folder = r->reader.images.name;
	char *path;
	enum status status;

	if (!r->model || asprintf(&path, "%.*s%s", (int)r->reader.images.size, folder,
				  crw_image_name(r->cli->crw, index)) < 0)
		return complain("%s: cannot add %s", r->new_path,
				crw_image_name(r->cli->crw, index));
	la.entry_set_pathname(r->model, path);
	status = write_member(r, r->model, index, false);
	free(path);
	return status;
}

static size_t count_changed(const struct crw *crw)
{
	return crw_image_count(crw) + crw_spec_changed(crw);
}

static enum status copy_members(struct rewriting *r)
{
	struct archive_entry *entry;
	enum status status;

	while ((entry = archive_next(&r->reader, &status))) {
		status = copy_member(r, entry);
		if (status != STATUS_DONE)
			return status;
	}
	if (status == STATUS_DONE)
		status = copy_kept(r);
	for (size_t i = 0; status == STATUS_DONE && i < crw_image_count(r->cli->crw); i++)
		if (!r->written[i] && archive_is_raw(crw_image_name(r->cli->crw, i)))
			status = add_member(r, i);
	if (status == STATUS_DONE && r->replaced != count_changed(r->cli->crw))
		status = complain("%s: has changed while it was read", r->reader.path);
	if (status == STATUS_DONE && la.write_close(r->writer) != ARCHIVE_OK)
		status = complain("%s: %s", r->new_path, la.error_string(r->writer));
	return status;
}

static enum status rewrite(struct rewriting *r, size_t filter)
{
	enum status status = archive_begin(&r->reader, r->cli, r->cli->operands[0], r->from);

	if (status != STATUS_DONE)
		return status;
	r->zeros = calloc(1, ZEROS_SIZE);
	r->written = calloc(crw_image_count(r->cli->crw) + 1, sizeof(*r->written));
	r->to = fileno(r->file);
	r->plain = filters[filter].add == add_no_filter && !r->reader.source.packed;
	r->kept = NOTHING;
	r->limit = r->cli->limit_archive ? r->cli->limit_archive : ARCHIVE_PAGES_MAX;
	r->room = r->cli->limit_archive ? INT64_MAX : archive_limit(r->cli, r->to, r->limit);
	status = r->zeros && r->written ? begin_writing(r, filter) : complain("out of memory");
	if (status == STATUS_DONE)
		status = copy_members(r);
	la.write_free(r->writer);
	if (r->model)
		la.entry_free(r->model);
	free(r->written);
	free(r->zeros);
	archive_end(&r->reader);
	return status;
}

/* Memory of processes is in it: whoever may not read the old one may not read
 * the new one. */
static enum status write_new(struct rewriting *r, size_t filter)
{
	struct output out;
	enum status status = output_open(&out, r->new_path);
	struct stat st;

	if (status != STATUS_DONE)
		return status;
	out.durable = true;
	r->file = out.file;
	if (out.temporary &&
	    (fstat(r->from, &st) < 0 || fchmod(fileno(out.file), st.st_mode & 0777) < 0))
		status = complain("%s: %s", r->new_path, strerror(errno));
	else
		status = rewrite(r, filter);
	return output_close(&out, status);
}

enum status archive_rewrite(struct cli *cli, const char *new_path)
{
	struct rewriting r = { .cli = cli, .new_path = new_path };
	size_t filter = filter_of(new_path);

	if (filter == FILTERS)
		return complain_usage(cli->command,
				      "-o %s: an archive becomes an archive, whose "
				      "name ends in .tar, .tar.gz or .tar.zst",
				      new_path);
	r.from = archive_from(cli);
	if (r.from < 0)
		return complain("%s: %s", cli->operands[0], strerror(errno));
	return write_new(&r, filter);
}
