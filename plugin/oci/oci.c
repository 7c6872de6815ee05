/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "oci.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../proto/file.h"
#include "../cgroup/properties.h"
#include "fit.h"

#define WARNINGS_MAX 100 /* and one that says that there are more */
#define BUNDLE_NAME "config.json"

/* ---- reading it -------------------------------------------------------------- */

void oci_revert(struct crw *crw)
{
	content_free(&crw->spec.fresh.content);
	crw->spec.fresh.changed = false;
	buffer_clear(&crw->spec.warnings);
}

void oci_free(struct crw *crw)
{
	oci_revert(crw);
	buffer_free(&crw->spec.text);
	buffer_free(&crw->spec.warnings);
	if (crw->spec.name)
		close(crw->spec.dir);
	crw->spec = (struct crw_spec){ .name = NULL };
}

static int read_file(int fd, struct buffer *out, struct error *err)
{
	struct stat st;
	uint8_t *room;
	ssize_t size;

	if (checkpoint_stat_file(fd, &st, err) < 0)
		return -1;
	if (st.st_size > (off_t)SPEC_SIZE_MAX)
		return fail(err, "a spec of more than %u bytes", SPEC_SIZE_MAX);
	room = buffer_extend(out, (size_t)st.st_size);
	if (!room)
		return fail_memory(err);
	size = file_read(fd, room, (size_t)st.st_size);
	if (size < 0)
		return fail_errno(err, "cannot read");
	out->size = (size_t)size;
	return 0;
}

/* 1, 0 when it is some other JSON (docker has a config.json of its own), -1. */
static int judge_text(struct span text, struct error *err)
{
	struct spec spec;
	int status = spec_read(&spec, text, err);

	if (status == 0)
		status = spec_is_one(&spec);
	spec_free(&spec);
	return status;
}

static int keep_spec(struct crw *crw, int dir, const char *name)
{
	struct crw_spec *spec = &crw->spec;
	const char *slash = strrchr(name, '/');

	spec->name = arena_copy(&crw->arena, name, strlen(name));
	if (!spec->name)
		return fail_memory(&crw->err);
	spec->dir = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	if (spec->dir < 0) {
		spec->name = NULL;
		return fail_errno(&crw->err, "%s: cannot keep its directory", name);
	}
	spec->is_bundle = strcmp(slash ? slash + 1 : name, BUNDLE_NAME) == 0;
	return 1;
}

int crw_open_spec(struct crw *crw, int dir_fd, const char *name)
{
	cleanup_close int fd = file_open(dir_fd, name);
	int status;

	oci_free(crw);
	if (fd < 0)
		return errno == ENOENT ? 0 : fail_errno(&crw->err, "%s: cannot open", name);
	status = read_file(fd, &crw->spec.text, &crw->err);
	if (status == 0)
		status = judge_text(buffer_span(&crw->spec.text), &crw->err);
	if (status > 0)
		return keep_spec(crw, dir_fd, name);
	oci_free(crw);
	return status < 0 ? error_context(&crw->err, "%s", name) : 0;
}

/* ---- fitting it -------------------------------------------------------------- */

int oci_image(void *ctx, const struct image_kind *kind, size_t index, struct rules_image *image,
	      struct error *err)
{
	/* Its magic, as of an image of version 1, and an entry of no bytes. */
	static const uint8_t bytes[] = { 0x30, 0x33, 0x38, 0x59, 0, 0, 0, 0 };
	const struct crw *crw = ctx;

	if (strcmp(kind->name, "cgroup") != 0 || index > 0)
		return 0;
	*image = (struct rules_image){
		.kind = kind,
		.file = crw->spec.name,
		.bytes = span_of(bytes, sizeof(bytes)),
	};
	return 1;
}

static struct span current(const struct crw *crw)
{
	if (crw->spec.fresh.changed)
		return crw->spec.fresh.content.bytes;
	return buffer_span(&crw->spec.text);
}

static int report(void *ctx, const struct oci_finding *f, struct error *err)
{
	const struct change change = {
		.name = span_text(f->path),
		.note = f->note,
		.before = span_of(f->before, f->before ? strlen(f->before) : 0),
		.after = span_of(f->after, f->after ? strlen(f->after) : 0),
	};

	return f->verdict == OCI_REPORT ? 0 : change_by(ctx, change, err);
}

static int keep_result(struct crw *crw, struct spec *spec, struct error *err)
{
	struct checkpoint_image fresh = { .file = crw->spec.name, .read = true };
	struct buffer text = { 0 };
	int status = spec_write(spec, &text, err);

	if (status == 0)
		status = content_append(&fresh.content, buffer_span(&text), err);
	if (status == 0)
		status = content_seal(&fresh.content, err);
	fresh.changed = !span_equal(buffer_span(&text), buffer_span(&crw->spec.text));
	buffer_free(&text);
	if (status < 0) {
		content_free(&fresh.content);
		return -1;
	}
	content_free(&crw->spec.fresh.content);
	crw->spec.fresh = fresh;
	return 0;
}

int oci_fit_run(struct rules_call *call, struct error *err)
{
	struct crw *crw = call->world->ctx;
	struct verb_names names = *(const struct verb_names *)call->wish;
	struct spec spec;
	int status = spec_read(&spec, current(crw), err);
	if (status == 0 && crw->spec.alone)
		status = oci_find_names(&spec, &names, err);
	if (status == 0)
		status = oci_fit(crw, &spec, names.count ? &names : NULL, report, call, err);
	if (status == 0)
		status = keep_result(crw, &spec, err);
	spec_free(&spec);
	if (crw->spec.alone)
		call->missed = names_missed(&names, "property", call->arena);
	return status;
}

/* ---- what of it the run over the images has to know -------------------------- */

int oci_seek(const struct crw *crw, struct verb_names *names, struct error *err)
{
	struct spec spec;
	int status;

	if (!crw->spec.name || !names->count)
		return 0;
	status = spec_read(&spec, buffer_span(&crw->spec.text), err);
	if (status == 0)
		status = oci_find_names(&spec, names, err);
	spec_free(&spec);
	return status;
}

int oci_elsewhere(void *ctx, const struct rules_verb *verb, const struct rules_argument *args,
		  size_t count, struct arena *arena, const char **missed, struct error *err)
{
	const struct crw *crw = ctx;
	struct verb_args a = { args, count, 0 };
	struct verb_names names = { NULL, 0, 0 };

	if (!crw->spec.name || strcmp(verb->name, "fit") != 0)
		return 0;
	if (verb->read(&a, &names, err) < 0 || oci_seek(crw, &names, err) < 0)
		return -1;
	*missed = names_missed(&names, "property", arena);
	return 1;
}

/* ---- what is left ------------------------------------------------------------ */

static int warn(void *ctx, const struct oci_finding *f, struct error *err)
{
	struct crw *crw = ctx;
	struct buffer text = { 0 };
	const char *kept;

	if (crw_warning_count(crw) > WARNINGS_MAX)
		return 0;
	if (crw_warning_count(crw) == WARNINGS_MAX) {
		buffer_printf(&text, "%s: there is more like that in it", crw->spec.name);
	} else {
		buffer_printf(&text, "%s: %s %s: %s, %s; ", crw->spec.name, f->path, f->before,
			      f->note ? f->note : "not all of it is on this host",
			      f->verdict == OCI_REPORT ? "which no rule can change" :
							 "and no rule fits it");
		oci_refusal(f->row, &text);
	}
	buffer_byte(&text, 0);
	kept = arena_take(&crw->outcome, &text);
	if (kept)
		buffer_append(&crw->spec.warnings, span_of(&kept, sizeof(kept)));
	return !kept || crw->spec.warnings.failed ? fail_memory(err) : 0;
}

int oci_warn(struct crw *crw, struct error *err)
{
	struct spec spec;
	int status;

	if (!crw->spec.name)
		return 0;
	status = spec_read(&spec, current(crw), err);
	if (status == 0)
		status = oci_fit(crw, &spec, NULL, warn, crw, err);
	spec_free(&spec);
	return status;
}

size_t crw_warning_count(const struct crw *crw)
{
	return crw->spec.warnings.size / sizeof(const char *);
}

const char *crw_warning(const struct crw *crw, size_t index)
{
	return ((const char *const *)(const void *)crw->spec.warnings.data)[index];
}

/* ---- the result -------------------------------------------------------------- */

const char *crw_spec_name(const struct crw *crw)
{
	return crw->spec.name;
}

bool crw_spec_changed(const struct crw *crw)
{
	return crw->spec.fresh.changed;
}

size_t crw_spec_size(const struct crw *crw)
{
	return current(crw).size;
}

int crw_spec_write(struct crw *crw, crw_sink sink, void *arg)
{
	struct span text = current(crw);

	if (sink(arg, text.data, text.size) < 0)
		return fail_errno(&crw->err, "%s: cannot write", crw->spec.name);
	return 0;
}
