/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The judges of `fit`, by the rows of properties.def: each says of one property
 * of a group whether this host's kernel takes its value. That the kernel has the
 * file is asked before.
 */
#include <stdlib.h>
#include <string.h>

#include "../../rules/text.h"
#include "../hostfile.h"
#include "fit_cpu.h"
#include "properties.h"

static enum fit_verdict drop(struct fit_item *item, const char *note)
{
	item->note = note;
	return FIT_DROP;
}

static enum fit_verdict change(struct fit_item *item, const char *fresh, const char *note)
{
	item->note = note;
	buffer_text(item->fresh, fresh);
	return FIT_CHANGE;
}

/* ---- lines ---- */

typedef int line_judge(struct fit *fit, struct span line, void *ctx);

static struct span first_word(struct span line)
{
	struct span word;

	property_word(&line, &word);
	return word;
}

/* Only the lines that `wanted` does not answer 0 for. */
static enum fit_verdict keep_lines(struct fit *fit, struct fit_item *item, line_judge *wanted,
				   void *ctx, const char *note)
{
	struct span rest = item->value, line;
	size_t gone = 0;

	while (property_line(&rest, &line)) {
		if (line.size && wanted(fit, line, ctx) == 0) {
			gone++;
			continue;
		}
		if (item->fresh->size)
			buffer_byte(item->fresh, '\n');
		buffer_append(item->fresh, line);
	}
	if (!gone)
		return FIT_KEEP;
	item->note = note;
	return item->fresh->size ? FIT_CHANGE : FIT_DROP;
}

static int host_has(struct fit *fit, const char *folder, struct span name)
{
	char path[320];

	if (name.size > 255 || memchr(name.data, '/', name.size))
		return 0;
	memcpy(path, folder, strlen(folder));
	memcpy(path + strlen(folder), name.data, name.size);
	path[strlen(folder) + name.size] = 0;
	return fit_host_has(fit, path);
}

/* ---- cpu ---- */

/* An idle group shows 0, which cannot be written. */
static enum fit_verdict judge_weight(struct fit *fit, struct fit_item *item, struct error *err)
{
	return span_is(item->value, "0") ? drop(item, "the group is idle; cpu.idle keeps that") :
					   FIT_KEEP;
}

/* ---- cpuset ---- */

/* A group can be exclusive only in one that is, and where no other in that one overlaps
 * it (kernel/cgroup/cpuset.c); fit_neighbours.c has looked at those. */
static enum fit_verdict judge_exclusive(struct fit *fit, struct fit_item *item, struct error *err)
{
	int r = span_is(item->name, "cpuset.mem_exclusive") ? FIT_MEMS : FIT_CPUS;
	const char *shared = item->group->limits.shared[r], *line;
	char file[64] = "";

	if (!span_is(item->value, "1") || item->name.size >= sizeof(file))
		return FIT_KEEP;
	item->of_group = true;
	memcpy(file, item->name.data, item->name.size);
	if (fit_ancestor_line(fit, file, &line, err) < 0)
		return FIT_FAILED;
	if (strcmp(line, "0") == 0)
		shared = fit_not_exclusive;
	return shared ? change(item, "0", shared) : FIT_KEEP;
}

/* ---- memory ---- */

/* The kernel refuses 0 below a group that has 1, and everywhere since 5.11. */
static enum fit_verdict judge_hierarchy(struct fit *fit, struct fit_item *item, struct error *err)
{
	const char *line;

	if (!span_is(item->value, "0"))
		return FIT_KEEP;
	if (fit_ancestor_line(fit, "memory.use_hierarchy", &line, err) < 0)
		return FIT_FAILED;
	if (!fit_kernel_since(fit, 5, 11) && strcmp(line, "1") != 0)
		return FIT_KEEP;
	return change(item, "1", "this kernel allows nothing else here");
}

/* Linux 58056f77502f ("memcg, kmem: further deprecate kmem.limit_in_bytes"),
 * 5.16; a missing limit is what there is then. */
static enum fit_verdict judge_kmem(struct fit *fit, struct fit_item *item, struct error *err)
{
	number_t n;

	if (!text_number(item->value, &n) || n < 0 || n >= PROPERTY_UNLIMITED ||
	    !fit_kernel_since(fit, 5, 16))
		return FIT_KEEP;
	return drop(item,
		    "this kernel does not limit its own memory; memory.limit_in_bytes counts it");
}

/* Nothing but 0 is taken since 6.13. */
static enum fit_verdict judge_move_charge(struct fit *fit, struct fit_item *item, struct error *err)
{
	if (span_is(item->value, "0") || !fit_kernel_since(fit, 6, 13))
		return FIT_KEEP;
	return change(item, "0", "this kernel no longer moves charges");
}

/* More than 100 is taken since 5.8. */
static enum fit_verdict judge_swappiness(struct fit *fit, struct fit_item *item, struct error *err)
{
	number_t n;

	if (!text_number(item->value, &n) || n <= 100 || fit_kernel_since(fit, 5, 8))
		return FIT_KEEP;
	return change(item, "100", "the maximum on this kernel");
}

int fit_value_in(struct span group, const char *name, struct span *value, struct error *err)
{
	struct raw_property p;
	int more;

	while ((more = raw_next_property(&group, &p, err)) > 0)
		if (span_is(p.name, name)) {
			*value = p.value.bytes;
			return 1;
		}
	return more;
}

/* Memory and swap cannot be less than memory, which a new group has without limit. */
static enum fit_verdict judge_memsw(struct fit *fit, struct fit_item *item, struct error *err)
{
	struct span limit = { NULL, 0 };
	number_t both, memory;
	int found;

	item->of_group = true;
	found = fit_value_in(item->group->raw.field.bytes, "memory.limit_in_bytes", &limit, err);
	if (found < 0)
		return FIT_FAILED;
	if (!text_number(item->value, &both) || both < 0 || both >= PROPERTY_UNLIMITED)
		return FIT_KEEP;
	if (!found && !item->group->here)
		return drop(item, "the checkpoint has no memory.limit_in_bytes for it");
	if (!text_number(limit, &memory) || memory <= both)
		return FIT_KEEP;
	item->note = "not less than memory.limit_in_bytes";
	buffer_append(item->fresh, limit);
	return FIT_CHANGE;
}

/* ---- io ---- */

/* A file of the disk that a line is about; NULL: it is about all of them, "default 100". */
static const char *disk_file(struct fit *fit, struct span line, const char *file)
{
	struct span device = first_word(line);

	if (!memchr(device.data, ':', device.size))
		return NULL;
	if (device.size > 255 || memchr(device.data, '/', device.size))
		device = span_text("none");
	return arena_printf(fit->arena, "sys/dev/block/%.*s%s", (int)device.size,
			    (const char *)device.data, file);
}

/* Parts of a disk are refused (blkg_conf_open_bdev in block/blk-cgroup.c). */
static int is_disk(struct fit *fit, struct span line, void *ctx)
{
	const char *disk = disk_file(fit, line, ""), *part = disk_file(fit, line, "/partition");
	int found = disk ? fit_host_has(fit, disk) : 1;

	return found > 0 && part && fit_host_has(fit, part) > 0 ? 0 : found;
}

static enum fit_verdict judge_io(struct fit *fit, struct fit_item *item, struct error *err)
{
	return keep_lines(fit, item, is_disk, NULL, "this host has no such block device");
}

/* Only where bfq is on is a disk's weight taken: "mq-deadline [bfq] none". */
static int has_bfq(struct fit *fit, struct span line, void *ctx)
{
	const char *path = disk_file(fit, line, "/queue/scheduler"), *schedulers;
	struct error ignored;
	int found;

	if (!path || fit->crw->facts.only_given)
		return 1;
	found = hostfile_line(fit->host->root, path, fit->arena, &schedulers, &ignored);
	return found > 0 ? strstr(schedulers, "[bfq]") != NULL : found;
}

static enum fit_verdict judge_bfq(struct fit *fit, struct fit_item *item, struct error *err)
{
	return keep_lines(fit, item, has_bfq, NULL, "bfq is not on for such a block device here");
}

/* CFQ, whose file it was, left with 5.0. */
static enum fit_verdict judge_blkio_weight(struct fit *fit, struct fit_item *item,
					   struct error *err)
{
	if (fit_offers(fit, item->name) > 0 || !fit_kernel_since(fit, 5, 0))
		return FIT_KEEP;
	return drop(item, "this kernel has no CFQ scheduler");
}

/* ---- devices ---- */

struct device {
	char type;
	struct span numbers; /* "1:3", "*:*" */
	struct span access;
};

static bool read_device(struct span line, struct device *d)
{
	const uint8_t *colon, *blank;

	if (line.size < 6 || line.data[1] != ' ')
		return false;
	d->type = (char)line.data[0];
	d->numbers = first_word(span_of(line.data + 2, line.size - 2));
	blank = d->numbers.data + d->numbers.size;
	colon = memchr(d->numbers.data, ':', d->numbers.size);
	if (!colon || blank >= line.data + line.size)
		return false;
	d->access = span_of(blank + 1, (size_t)(line.data + line.size - blank - 1));
	return true;
}

static bool number_within(struct span inner, struct span outer)
{
	return span_is(outer, "*") || span_equal(inner, outer);
}

static bool device_within(const struct device *in, const struct device *out)
{
	const uint8_t *a = memchr(in->numbers.data, ':', in->numbers.size);
	const uint8_t *b = memchr(out->numbers.data, ':', out->numbers.size);

	if (out->type != 'a' && in->type != out->type)
		return false;
	for (size_t i = 0; i < in->access.size; i++)
		if (!memchr(out->access.data, in->access.data[i], out->access.size))
			return false;
	return number_within(span_of(in->numbers.data, (size_t)(a - in->numbers.data)),
			     span_of(out->numbers.data, (size_t)(b - out->numbers.data))) &&
	       number_within(
		       span_of(a + 1, (size_t)(in->numbers.data + in->numbers.size - a - 1)),
		       span_of(b + 1, (size_t)(out->numbers.data + out->numbers.size - b - 1)));
}

/* The kernel lets a group allow what its parent does (devcgroup_access_write). */
static int is_allowed_above(struct fit *fit, struct span line, void *ctx)
{
	const struct buffer *above = ctx;
	struct span rest = buffer_span(above), other;
	struct device wanted, given;

	if (!read_device(line, &wanted))
		return 1;
	while (property_line(&rest, &other))
		if (read_device(other, &given) && device_within(&wanted, &given))
			return 1;
	return 0;
}

static enum fit_verdict judge_devices(struct fit *fit, struct fit_item *item, struct error *err)
{
	cleanup_buffer struct buffer above = { 0 };
	enum fit_verdict verdict;
	int found = fit_ancestor_text(fit, "devices.list", &above, err);

	if (found <= 0)
		return found < 0 ? FIT_FAILED : FIT_KEEP;
	verdict = keep_lines(fit, item, is_allowed_above, &above,
			     "the group above does not allow more");
	/* An empty list allows nothing, which dropping it would not say. */
	return verdict == FIT_DROP ? FIT_CHANGE : verdict;
}

/* ---- net, rdma, hugetlb ---- */

static int is_interface(struct fit *fit, struct span line, void *ctx)
{
	const struct value *list = ctx;
	struct span name = first_word(line);

	for (size_t i = 0; i < list->item_count; i++)
		if (list->items[i].type == VALUE_TEXT && span_equal(list->items[i].text, name))
			return 1;
	return 0;
}

static enum fit_verdict judge_interfaces(struct fit *fit, struct fit_item *item, struct error *err)
{
	struct value list;
	int found = facts_get(&fit->crw->facts, "host.interfaces", &list, err);

	if (found <= 0 || list.type != VALUE_LIST)
		return found < 0 ? FIT_FAILED : FIT_KEEP;
	return keep_lines(fit, item, is_interface, &list,
			  "this host has no such network interface");
}

static int is_rdma_device(struct fit *fit, struct span line, void *ctx)
{
	return host_has(fit, "sys/class/infiniband/", first_word(line));
}

static enum fit_verdict judge_rdma(struct fit *fit, struct fit_item *item, struct error *err)
{
	return keep_lines(fit, item, is_rdma_device, NULL, "this host has no such RDMA device");
}

/* The first words of its lines are what there is. */
static int is_in_list(struct fit *fit, struct span line, void *ctx)
{
	struct span rest = buffer_span(ctx), other, name = first_word(line);

	if (span_is(name, "default"))
		return 1;
	while (property_line(&rest, &other))
		if (span_equal(first_word(other), name))
			return 1;
	return 0;
}

/* The kernel refuses what a list of the root group lacks. */
static enum fit_verdict judge_by_list(struct fit *fit, struct fit_item *item, const char *file,
				      const char *note, struct error *err)
{
	cleanup_buffer struct buffer here = { 0 };
	char path[CGROUP_HOST_PATH_MAX];
	int found = 0;

	if (fit_may_look(fit) && cgroup_host_path(fit->hierarchy, "/", file, path))
		found = hostfile_read(fit->host->root, path, HOSTFILE_MAX, &here, err);
	if (found <= 0)
		return found < 0 ? FIT_FAILED : FIT_KEEP;
	return keep_lines(fit, item, is_in_list, &here, note);
}

static const char no_resource[] = "this host has no such resource";

static enum fit_verdict judge_misc(struct fit *fit, struct fit_item *item, struct error *err)
{
	return judge_by_list(fit, item, "misc.capacity", no_resource, err);
}

static enum fit_verdict judge_dmem(struct fit *fit, struct fit_item *item, struct error *err)
{
	return judge_by_list(fit, item, "dmem.capacity", no_resource, err);
}

/* A device has a weight of its own where its costs are counted (block/blk-iocost.c). */
static enum fit_verdict judge_io_weight(struct fit *fit, struct fit_item *item, struct error *err)
{
	enum fit_verdict verdict = judge_by_list(
		fit, item, "io.cost.qos", "io.cost.qos is not on for such a block device here",
		err);

	return verdict == FIT_KEEP ? judge_io(fit, item, err) : verdict;
}

/* "hugetlb.2MB.max": /sys/kernel/mm/hugepages/hugepages-2048kB */
static enum fit_verdict judge_hugetlb(struct fit *fit, struct fit_item *item, struct error *err)
{
	char name[64] = "", *unit;
	unsigned long long size;
	const char *path;

	if (item->name.size <= 8 || item->name.size >= sizeof(name))
		return FIT_KEEP;
	memcpy(name, item->name.data + 8, item->name.size - 8);
	size = strtoull(name, &unit, 10);
	size <<= strncmp(unit, "GB", 2) == 0 ? 20 : strncmp(unit, "MB", 2) == 0 ? 10 : 0;
	path = arena_printf(fit->arena, "sys/kernel/mm/hugepages/hugepages-%llukB", size);
	if (!path) {
		fail_memory(err);
		return FIT_FAILED;
	}
	return size && fit_host_has(fit, path) == 0 ?
		       drop(item, "this host has no pages of that size") :
		       FIT_KEEP;
}

/* ---- of every group of v2 ---- */

/* Controllers that this host lacks on v2 cannot be handed on. */
static enum fit_verdict judge_subtree(struct fit *fit, struct fit_item *item, struct error *err)
{
	struct span rest = item->value, word, list;
	bool gone = false;

	if (!fit->hierarchy || fit->hierarchy->version != 2)
		return FIT_KEEP;
	list = span_text(fit->hierarchy->controllers);
	while (property_word(&rest, &word)) {
		if (!word.size || !cgroup_list_has(list, " ", word)) {
			gone |= word.size != 0;
			continue;
		}
		buffer_text(item->fresh, item->fresh->size ? " " : "");
		buffer_append(item->fresh, word);
	}
	item->note = "the others are not on cgroup v2 here";
	return gone ? FIT_CHANGE : FIT_KEEP;
}

/* ---- by row ---- */

static enum fit_verdict (*const judges[PROPERTIES])(struct fit *fit, struct fit_item *item,
						    struct error *err) = {
#define SETTING(versions, name, fresh, judge, other, convert, why, use) judge,
#include "properties.def"
};

enum fit_verdict fit_judge(struct fit *fit, const struct property_row *row, struct fit_item *item,
			   struct error *err)
{
	size_t i = row ? property_index(row) : 0;

	return row && judges[i] ? judges[i](fit, item, err) : FIT_KEEP;
}
