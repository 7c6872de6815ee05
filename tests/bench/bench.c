/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rewriting costs, as ratios taken in one run: the same image is read
 * and written plainly, rewritten by a rule that changes one property in every
 * cgroup, and unpacked, edited and packed by protobuf-c. Each in a process of
 * its own; the best of several.
 *
 * usage: bench [GROUPS]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../plugin/cgroup/fields.h"
#include "../../plugin/criu-rewrite.h"
#include "../../proto/kind.h"
#include "proto/criu.pb-c.h"

#define ROUNDS 5
#define PROPERTIES 10

static const char rule[] =
	"cgroup_entry.controllers[\"cpuset\" in cnames]//properties[name=\"cpuset.cpus\"] "
	"set value=0-1\n";

struct cost {
	double seconds;
	long kib; /* peak memory beyond that of an empty process */
};

static char directory[] = "/tmp/criu-rewrite-bench-XXXXXX";
static int dir_fd;
static size_t image_size;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- the image ------------------------------------------------------------ */

static void put_property(struct buffer *out, const char *name, const char *value)
{
	struct buffer property = { 0 };
	static const uint8_t perms[] = { 8, 0xa4, 0x83, 2, 16, 0, 24, 0 };

	wire_put_bytes(&property, CGROUP_PROP_NAME, span_text(name));
	wire_put_bytes(&property, CGROUP_PROP_VALUE, span_text(value));
	wire_put_bytes(&property, 3, span_of(perms, sizeof(perms)));
	wire_put_bytes(out, CGROUP_DIR_PROPERTIES, buffer_span(&property));
	buffer_free(&property);
}

static void put_group(struct buffer *out, uint32_t number, size_t index)
{
	struct buffer group = { 0 };
	char name[64];

	snprintf(name, sizeof(name), "group-%zu", index);
	wire_put_bytes(&group, CGROUP_DIR_NAME, span_text(name));
	put_property(&group, "cpuset.cpus", "0-3");
	for (int i = 1; i < PROPERTIES; i++) {
		snprintf(name, sizeof(name), "cpuset.some_other_property_%d", i);
		put_property(&group, name, "0");
	}
	wire_put_bytes(out, number, buffer_span(&group));
	buffer_free(&group);
}

static void make_image(size_t groups)
{
	const struct image_kind *kind = kind_named("cgroup", 6);
	struct buffer controller = { 0 }, entry = { 0 };
	uint32_t head[3] = { 0x54564319, kind->magic, 0 };
	int fd = openat(dir_fd, "cgroup.img", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	wire_put_bytes(&controller, CG_CONTROLLER_CNAMES, span_text("cpuset"));
	for (size_t i = 0; i < groups; i++)
		put_group(&controller, CG_CONTROLLER_DIRS, i);
	wire_put_bytes(&entry, CGROUP_ENTRY_CONTROLLERS, buffer_span(&controller));
	head[2] = (uint32_t)entry.size;
	if (entry.failed || fd < 0 || write(fd, head, sizeof(head)) != sizeof(head) ||
	    write(fd, entry.data, entry.size) != (ssize_t)entry.size)
		die("cgroup.img");
	image_size = entry.size + sizeof(head);
	close(fd);
	buffer_free(&controller);
	buffer_free(&entry);
}

/* ---- the work --------------------------------------------------------------- */

static void nothing(void)
{
}

static uint8_t *read_image(void)
{
	uint8_t *data = malloc(image_size);
	int fd = openat(dir_fd, "cgroup.img", O_RDONLY);

	if (!data || read(fd, data, image_size) != (ssize_t)image_size)
		die("read");
	close(fd);
	return data;
}

static void write_image(const void *data, size_t size)
{
	int fd = openat(dir_fd, "out.img", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		die("write");
	close(fd);
}

static void plain(void)
{
	write_image(read_image(), image_size);
}

static void by_rule(void)
{
	int fd = openat(dir_fd, "out.img", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct crw *crw = crw_new();

	if (!crw || crw_add_rules_text(crw, "bench", rule, sizeof(rule) - 1) < 0 ||
	    crw_open(crw, dir_fd) < 0 || crw_run(crw) < 0) {
		fprintf(stderr, "%s\n", crw ? crw_error(crw) : "no memory");
		exit(1);
	}
	if (fd < 0 || crw_image_write(crw, 0, crw_sink_fd, &fd) < 0)
		die("write");
	close(fd);
}

static void by_protobuf(void)
{
	uint8_t *data = read_image(), *packed;
	Crw__CgroupEntry *entry = (Crw__CgroupEntry *)(void *)protobuf_c_message_unpack(
		&crw__cgroup_entry__descriptor, NULL, image_size - 12, data + 12);
	Crw__CgControllerEntry *controller;
	size_t size;

	if (!entry)
		die("unpack");
	controller = entry->controllers[0];
	for (size_t i = 0; i < controller->n_dirs; i++)
		controller->dirs[i]->properties[0]->value = (char[]){ "0-1" };
	size = protobuf_c_message_get_packed_size(&entry->base);
	packed = malloc(size + 12);
	if (!packed)
		die("pack");
	memcpy(packed, data, 12);
	protobuf_c_message_pack(&entry->base, packed + 12);
	write_image(packed, size + 12);
}

/* ---- the measurement ---------------------------------------------------------- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct cost run_once(void (*work)(void))
{
	double start = now();
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		work();
		_exit(0);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0)
		die("a measured process");
	return (struct cost){ now() - start, usage.ru_maxrss };
}

static struct cost best_of(void (*work)(void))
{
	struct cost best = { 1e9, 0 };

	for (int i = 0; i < ROUNDS; i++) {
		struct cost cost = run_once(work);

		if (cost.seconds < best.seconds)
			best = cost;
	}
	return best;
}

static void print(const char *name, struct cost cost, struct cost base, struct cost empty)
{
	printf("%-36s %8.1f ms  %6.2f x  memory %5.2f x the image\n", name, cost.seconds * 1e3,
	       cost.seconds / base.seconds,
	       (double)(cost.kib - empty.kib) * 1024 / (double)image_size);
}

int main(int argc, char **argv)
{
	size_t groups = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
	struct cost base, empty;

	if (!mkdtemp(directory))
		die(directory);
	dir_fd = open(directory, O_RDONLY | O_DIRECTORY);
	make_image(groups);
	empty = best_of(nothing);
	base = best_of(plain);
	printf("cgroup.img of %.1f MB, %zu groups; best of %d\n", (double)image_size / 1e6, groups,
	       ROUNDS);
	print("read and write", base, base, empty);
	print("rule: one property in every group", best_of(by_rule), base, empty);
	print("protobuf-c: unpack, edit, pack", best_of(by_protobuf), base, empty);
	unlinkat(dir_fd, "cgroup.img", 0);
	unlinkat(dir_fd, "out.img", 0);
	return rmdir(directory) < 0;
}
