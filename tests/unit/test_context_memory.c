/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that runs out, in the library as others call it: the n-th allocation
 * fails, for every n, until all of a job gets through. Each failure must be
 * told as one of memory and leave the checkpoint on disk as it was.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../plugin/criu-rewrite.h"
#include "rules_fixture.h"
#include "test.h"

#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
int main(void)
{
	skip("failing allocations", "this build has its own allocator");
	return test_end();
}
#else

#include "failing_malloc.h"

/* --- a checkpoint and a job -------------------------------------------------- */

static char top[] = "/tmp/criu-rewrite-memory-XXXXXX";
static int dump = -1, out = -1;

static void put_image(const char *file, const char *text)
{
	struct fixture f = { .file = NULL };
	int fd;

	fixture_image(&f, file, text);
	fd = openat(dump, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, f.image.data, f.image.size) != (ssize_t)f.image.size)
		abort();
	close(fd);
	fixture_free(&f);
}

static void put_text(const char *file, const char *text)
{
	int fd = openat(dump, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
}

static void make_checkpoint(void)
{
	put_image("cgroup.img",
		  "cgroup_entry { sets { id=1 ctls { name=\"cpuset\" path=\"/ct\" } } "
		  "controllers { cnames=\"cpuset\" dirs { dir_name=\"ct\" properties { "
		  "name=\"cpuset.cpus\" value=\"0-3\" } } } }");
	put_text("config.json", "{\"ociVersion\":\"1\",\"linux\":{\"resources\":{\"cpu\":"
				"{\"cpus\":\"0-3\",\"mems\":\"0-1\"}}}}");
	put_image("utsns-1.img", "utsns_entry { nodename=\"a\" domainname=\"b\" }");
	put_image("mountpoints-2.img", "mnt_entry { fstype=5 mnt_id=2 root_dev=9 parent_mnt_id=1 "
				       "flags=0 root=\"/\" mountpoint=\"/tmp\" source=\"tmpfs\" "
				       "options=\"\" }");
	put_text("inventory.img", "the first");
	put_text("fs.tar.gz", "\x1f\x8b not unpacked here");
}

/* What the job has made. */
static char made[20000];
static size_t made_size;

static int take(void *arg, const void *data, size_t size)
{
	if (size > sizeof(made) - made_size)
		abort();
	memcpy(made + made_size, data, size);
	made_size += size;
	return 0;
}

static const char *const names[] = {
	"cgroup.img",    "utsns-1.img", "config.json",           "mountpoints-2.img",
	"inventory.img", "fs.tar.gz",   "tmpfs-dev-9.tar.gz.img"
};

static void take_files(void)
{
	char text[2000];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = openat(out, names[i], O_RDONLY | O_CLOEXEC);
		ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof(text));

		if (fd >= 0)
			close(fd);
		if (size > 0)
			take(NULL, text, (size_t)size);
	}
}

static int write_files(struct crw *crw)
{
	if (crw_write(crw, out) < 0)
		return -1;
	take_files();
	return 0;
}

static const char rules[] = "let here = intersect(host.cpus, 0-1)\n"
			    "cgroup_entry//properties[name =~ \"cpus$\"] set value=here\n"
			    "cgroup_entry//properties[name=\"cpuset.cpus\"] set value=\"0\"\n"
			    "utsns_entry set nodename=upper(nodename) + \"x\"\n"
			    "utsns_entry get\n";

static int set_up(struct crw *crw)
{
	if (crw_set_fact(crw, "host.cpus", "0-1") < 0 ||
	    crw_set_fact(crw, "host.cgroup.controllers", "cpuset") < 0)
		return -1;
	crw_only_given_facts(crw);
	crw_set_trace(crw, true);
	return crw_add_rules_text(crw, "r", rules, sizeof(rules) - 1) < 0 ||
			       crw_open(crw, dump) < 0 ?
		       -1 :
		       0;
}

static int run_job(struct crw *crw)
{
	char *report;

	if (set_up(crw) < 0 || crw_run(crw) < 0)
		return -1;
	report = crw_report(crw);
	if (report)
		take(NULL, report, strlen(report));
	free(report);
	return report ? 0 : -2; /* NULL says it all */
}

static int write_job(struct crw *crw)
{
	return set_up(crw) < 0 || crw_run(crw) < 0 ? -1 : write_files(crw);
}

/* verbs: they read and write the whole tree */
static int verb_job(struct crw *crw)
{
	static const char text[] = "cgroup_entry fit\ncgroup_entry move \"/ct\" to \"/x/y\"\n"
				   "cgroup_entry drop controller cpuset\n";

	if (crw_set_fact(crw, "host.cpus", "0-1") < 0 || crw_set_fact(crw, "host.mems", "0") < 0)
		return -1;
	crw_only_given_facts(crw);
	if (crw_add_rules_text(crw, "v", text, sizeof(text) - 1) < 0 || crw_open(crw, dump) < 0)
		return -1;
	return crw_run(crw);
}

/* an image more: an archive that the host gives, written beside the others */
static int added_job(struct crw *crw)
{
	char text[200];
	int size = snprintf(text, sizeof(text), "mnt_entry content \"%s/dump/fs.tar.gz\"\n", top);

	if (crw_add_rules_text(crw, "a", text, (size_t)size) < 0 || crw_open(crw, dump) < 0 ||
	    crw_run(crw) < 0)
		return -1;
	return write_files(crw);
}

/* a spec: fitted, warned of, written beside the images */
static int spec_job(struct crw *crw)
{
	static const char text[] = "cgroup_entry fit cpuset.cpus\n";

	if (crw_set_fact(crw, "host.cpus", "0-1") < 0 || crw_set_fact(crw, "host.mems", "0") < 0)
		return -1;
	crw_only_given_facts(crw);
	if (crw_add_rules_text(crw, "s", text, sizeof(text) - 1) < 0 || crw_open(crw, dump) < 0 ||
	    crw_open_spec(crw, dump, "config.json") < 0 || crw_run(crw) < 0)
		return -1;
	return write_files(crw);
}

static int json_job(struct crw *crw)
{
	int fd = openat(dump, "cgroup.img", O_RDONLY | O_CLOEXEC);
	int status = crw_decode(crw, fd, CRW_JSON_PRETTY, take, NULL);

	close(fd);
	return status;
}

/* --- judging ----------------------------------------------------------------- */

static int count_files(int dir)
{
	DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	int count = -2; /* . and .. */

	while (d && readdir(d))
		count++;
	if (d)
		closedir(d);
	return count;
}

static void clear_out(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(out, names[i], 0);
}

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 64; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* `once`: to the end of the job, each time with one failure, which must not get lost. */
static void exhaust_in(const char *what, int (*job)(struct crw *), bool once)
{
	bool told = true, clean = true, closed = true, failed;
	static char whole[sizeof(made)];
	int status = -1, fds = open_descriptors(), shown = 0;
	size_t whole_size = made_size;
	long n = 0;

	memcpy(whole, made, made_size);
	fails_once = once;
	do {
		struct crw *crw;

		made_size = 0;
		allowed = n++;
		crw = crw_new();
		status = crw ? job(crw) : -2;
		failed = once ? allowed < 0 : status < 0;
		allowed = -1;
		if (status == -1)
			told = told && strstr(crw_error(crw), "memory");
		else if (status == 0 && once)
			told = told && made_size == whole_size && !memcmp(made, whole, made_size);
		if (!told && shown++ == 0)
			printf("# %s, allocation %ld: %s\n", what, n - 1,
			       crw ? crw_error(crw) : "");
		clean = clean && (status == 0 || count_files(out) == 0);
		crw_free(crw);
		closed = closed && open_descriptors() == fds;
		clear_out();
	} while (failed && n < 20000);
	ok(status == 0 && n > 4, what);
	ok(told, "every failure is told as one of memory");
	ok(clean, "no failure leaves files behind");
	ok(closed, "no failure leaves descriptors open");
}

/* From one allocation on all fail, or that one alone: then its result must be that of the others. */
static void exhaust(const char *what, int (*job)(struct crw *))
{
	exhaust_in(what, job, false);
	exhaust_in(what, job, true);
}

int main(void)
{
	int base = mkdtemp(top) ? open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	char command[100];

	if (base < 0 || mkdirat(base, "dump", 0755) < 0 || mkdirat(base, "out", 0755) < 0)
		return 1;
	dump = openat(base, "dump", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	out = openat(base, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	make_checkpoint();
	exhaust("rules and a report", run_job);
	exhaust("a rewritten directory", write_job);
	exhaust("verbs", verb_job);
	exhaust("a spec", spec_job);
	exhaust("an image that is added", added_job);
	exhaust("an image as JSON", json_job);
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	return system(command) == 0 ? test_end() : 1;
}
#endif
