/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/stat.h>

#include "../proto/file.h"
#include "../rules/args.h"
#include "mount.h"
#include "tmpfs.h"
#include "trust.h"

struct content_wish {
	struct span path;
};

static int read_arguments(struct verb_args *a, void *out, struct error *err)
{
	static const char what[] = "the full path of a .tar.gz file";
	struct content_wish *wish = out;

	if (args_text(a, what, &wish->path, err) < 0)
		return -1;
	if (wish->path.size && wish->path.data[0] != '/') {
		a->at--;
		return fail(err, "expected %s", what);
	}
	return args_end(a, "the end of the line", err);
}

/* CRIU has tar unpack it. */
static bool is_gzip(struct span bytes)
{
	static const uint8_t magic[] = { 0x1f, 0x8b }; /* RFC 1952 2.3.1 */

	return bytes.size > sizeof(magic) && memcmp(bytes.data, magic, sizeof(magic)) == 0;
}

static int read_content(const char *path, uint64_t limit, struct content *out, struct error *err)
{
	cleanup_close int fd = -1;
	int found = trust_open(path, &fd, err);

	if (found <= 0)
		return found < 0 ? -1 : fail(err, "%s: does not exist", path);
	if (content_open(out, fd, limit, err) < 0)
		return error_context(err, "%s", path);
	if (is_gzip(out->bytes))
		return 0;
	return fail(err, "%s: is not compressed by gzip, as CRIU needs it (tar -czf)", path);
}

static int note(struct rules_call *call, const char *file, const char *path, struct error *err)
{
	struct crw *crw = call->world->ctx;
	int there = checkpoint_has(&crw->checkpoint, file, err);

	if (there < 0)
		return -1;
	return change_by(call,
			 (struct change){
				 .image = file,
				 .name = span_text("content"),
				 .before = there ? span_text("what was dumped") : span_of(NULL, 0),
				 .after = span_text(path),
			 },
			 err);
}

static int put(struct rules_call *call, const char *file, const char *path, struct content *content,
	       struct error *err)
{
	struct crw *crw = call->world->ctx;

	if (checkpoint_is(&crw->checkpoint, file, content->bytes))
		return 0;
	if (note(call, file, path, err) < 0)
		return -1;
	return checkpoint_put(&crw->checkpoint, file, content, err);
}

static int give(struct rules_call *call, const char *file, const char *path, struct error *err)
{
	const struct crw *crw = call->world->ctx;
	struct content content = { .size = 0 };
	int status = read_content(path, crw->checkpoint.limit_image, &content, err);

	if (status == 0)
		status = put(call, file, path, &content, err);
	content_free(&content);
	return status;
}

static int run(struct rules_call *call, struct error *err)
{
	const struct content_wish *wish = call->wish;
	const struct crw *crw = call->world->ctx;
	struct mount m = mount_of(call->body);
	const char *path;
	char file[64];

	if (strcmp(crw->facts.stage, "dump") == 0)
		return fail(err, "images are changed at the restore, not at the dump");
	if (!mount_has_content(&m, file))
		return mount_fail(&m,
				  "only what is in a tmpfs, not the root of a namespace, is in a "
				  "checkpoint",
				  err);
	path = arena_copy(call->arena, wish->path.data, wish->path.size);
	return path ? give(call, file, path, err) : fail_memory(err);
}

const struct rules_verb verb_content = {
	"mnt_entry", "content", "content FILE", read_arguments, sizeof(struct content_wish), run,
};
