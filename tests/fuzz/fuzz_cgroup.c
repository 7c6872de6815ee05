/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every verb and every mode of cgroup management on a checkpoint and on a host
 * that are not what they should be. The input: the number of the rules, the
 * host, the image and the file of the host, a byte each; the text of that file
 * up to a NUL; and the image.
 */
#define FUZZ_ROUNDS 3000 /* each writes files */
#include "../../plugin/affinity.h"
#include "../../plugin/cgroup/capture.h"
#include "../../plugin/context.h"
#include "../unit/fakeroot.h"
#include "golden_seeds.h"

#define HOSTS_MAX 8
#define HEAD_SIZE 4
#define HOST_FILES_MAX 40

/* Each with what it takes to get far. */
static const char *const programs[] = {
	"cgroup_entry fit\n",
	"cgroup_entry fit cpuset.cpus, memory.max\n",
	"cgroup_entry clear\ncgroup_entry fit\n",
	"cgroup_entry convert\ncgroup_entry fit\n",
	"cgroup_entry convert to 1\ncgroup_entry prepare\n",
	"cgroup_entry convert to 2 weights systemd\ncgroup_entry prepare\n",
	"cgroup_entry drop absent\ncgroup_entry drop strangers\n",
	"cgroup_entry drop controller cpuset, cpu\ncgroup_entry regroup\n",
	"cgroup_entry move \"/\" to \"/x/y\"\n",
	"cgroup_entry move \"/ct\" to \"/x/y\" controller cpuset\ncgroup_entry fit\n",
	"cgroup_entry move to own\n",
	"cgroup_entry move to runtime\ncgroup_entry prepare\ncgroup_entry fit\n",
	"cgroup_entry regroup\ncgroup_entry fit\n",
	"cgroup_entry prepare\nmanage-cgroups strict\n",
	"cgroup_entry capture\ncore_entry capture affinity\n",
	"cgroup_entry recall\ncgroup_entry fit\n",
	"core_entry affinity\n",
	"core_entry affinity by rank\n",
	"cgroup_entry fit\nmanage-cgroups bind, strict, props, none, full, opport, ignore\n",
	"manage-cgroups soft\n",
	"manage-cgroups bind\n",
	"manage-cgroups strict, opport\n",
	"manage-cgroups none, ignore\n",
	"manage-cgroups props, full\n",
	("cgroup_entry get\ncgroup_entry//properties[name =~ \"^cpu\"] delete\n"
	 "cgroup_entry.sets.ctls set path=\"/a/\" + path\n"),
};

#define PROGRAMS (sizeof(programs) / sizeof(programs[0]))

/* What the input may replace, and what they are otherwise. */
static const struct {
	const char *file, *text;
} images[] = {
	{ "cgroup.img",
	  "cgroup_entry { sets { id=2 ctls { name=\"cpuset\" path=\"/ct\" } } controllers { "
	  "cnames=\"cpuset\" dirs { dir_name=\"ct\" properties { name=\"cpuset.cpus\" "
	  "value=\"0-3\" } } } }" },
	{ "pstree.img", "pstree_entry { pid=7 ppid=0 pgid=7 sid=7 threads=7 threads=8 }" },
	{ "core-7.img",
	  "core_entry { mtype=UNKNOWN tc { task_state=1 exit_code=0 personality=0 flags=0 "
	  "blk_sigset=0 comm=\"a\" cg_set=2 } thread_core { futex_rla=0 futex_rla_len=0 } }" },
	{ CAPTURE_FILE,
	  "cg_controller_entry { dirs { dir_name=\"ct\" properties { name=\"memory.low\" "
	  "value=\"1\" } children { dir_name=\"a\" } } }" },
	{ AFFINITY_FILE, "cgroup_prop_entry { name=\"online\" value=\"0-3\" }\n"
			 "cgroup_prop_entry { name=\"7\" value=\"1\" }" },
};

#define IMAGES (sizeof(images) / sizeof(images[0]))

struct host {
	int root;
	struct {
		char *path, *text;
	} files[HOST_FILES_MAX];
	size_t count;
};

static struct host hosts[HOSTS_MAX];
static size_t host_count;
static struct golden_world usual;
static int dir = -1; /* of the images */

/* ---- what is there before an input comes ----------------------------------- */

static void put_file(void *arg, const char *path, const char *text)
{
	struct host *h = arg;

	fakeroot_put(h->root, path, text);
	if (!*text || h->count == HOST_FILES_MAX)
		return;
	h->files[h->count].path = strdup(path);
	h->files[h->count++].text = strdup(text);
}

static void make_hosts(int top)
{
	struct buffer text = { 0 };
	struct case_reader reader = { .line = 1 };
	struct test_case c;

	cases_read("tests/cgroup/hosts", &text);
	reader.rest = buffer_span(&text);
	while (host_count < HOSTS_MAX && case_next(&reader, &c)) {
		struct host *h = &hosts[host_count];
		char path[24];

		snprintf(path, sizeof(path), "%zu/", host_count++);
		fakeroot_put(top, path, "");
		h->root = openat(top, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		case_each_pair(c.rules, put_file, h);
	}
	buffer_free(&text);
}

static void make_images(int top)
{
	fakeroot_put(top, "images/", "");
	dir = openat(top, "images", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < IMAGES; i++) {
		world_add_image(&usual, span_text(images[i].file), span_text(images[i].text),
				span_of(NULL, 0));
		fuzz_put(dir, images[i].file, buffer_span(&usual.images[i].bytes));
	}
}

static void forget(void)
{
	world_free(&usual);
	fakeroot_remove();
}

static void begin(void)
{
	int top = fakeroot_make();

	atexit(forget);
	make_hosts(top);
	make_images(top);
	close(top);
	golden_read_files("tests/cgroup/*.test");
}

/* ---- one input ------------------------------------------------------------- */

/* What came of it can be read by whoever could read the checkpoint before. */
static void judge(struct crw *crw)
{
	struct error err;
	char *report = crw_report(crw);

	fuzz_never(!report);
	free(report);
	for (size_t i = 0; i < crw_image_count(crw); i++) {
		const struct checkpoint_image *changed = crw_changed_image(crw, i);
		struct image_entry entry;
		struct image image;

		fuzz_never(image_open(&image, changed->kind, changed->content.bytes, &err) < 0);
		while (image_next(&image, &entry, &err) > 0)
			fuzz_never(message_validate(entry.type, entry.body, &err) < 0);
	}
}

static void run(const char *rules, struct host *h, bool by_rpc)
{
	struct crw *crw = crw_new();

	fuzz_never(!crw || crw_set_root(crw, h->root) < 0);
	fuzz_never(crw_set_fact(crw, "criu.rpc", by_rpc ? "1" : "0") < 0);
	crw->criu = (struct crw_criu){ .by_rpc = by_rpc, .ends = !by_rpc, .tells = true };
	if (strstr(rules, "capture"))
		fuzz_never(crw_set_stage(crw, "dump") < 0);
	if (crw_add_rules_text(crw, "fuzz", rules, strlen(rules)) < 0)
		fputs(crw_diagnostics(crw), stderr);
	fuzz_never(!crw_has_rules(crw));
	fuzz_never(crw_open(crw, dir) < 0);
	if (crw_run(crw) == 0)
		judge(crw);
	else
		fuzz_never(!*crw_error(crw));
	crw_free(crw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > HEAD_SIZE ? memchr(data + HEAD_SIZE, 0, size - HEAD_SIZE) :
						NULL;
	struct host *h;
	size_t image, file;

	if (!host_count)
		begin();
	if (!end)
		return 0;
	h = &hosts[(data[1] >> 1) % host_count];
	image = data[2] % IMAGES;
	file = data[3] % h->count;
	fuzz_put(h->root, h->files[file].path,
		 span_of(data + HEAD_SIZE, (size_t)(end - data) - HEAD_SIZE));
	fuzz_put(dir, images[image].file, span_of(end + 1, (size_t)(data + size - end) - 1));
	run(programs[data[0] % PROGRAMS], h, data[1] & 1);
	fuzz_put(h->root, h->files[file].path, span_text(h->files[file].text));
	fuzz_put(dir, images[image].file, buffer_span(&usual.images[image].bytes));
	return 0;
}

/* ---- what to begin with: each image of the cases, each image and file above ---- */

#define SEEDS_BESIDE 256

static void put_head(struct buffer *seed, size_t index, bool of_case)
{
	const struct host *h = &hosts[index / 2 % host_count];

	for (size_t i = 0; i < HEAD_SIZE; i++)
		buffer_byte(seed, (uint8_t)(i == 2 && of_case ? 0 : index));
	buffer_text(seed, h->files[(uint8_t)index % h->count].text);
	buffer_byte(seed, 0);
}

static void put_case(struct buffer *seed, const struct test_case *c)
{
	struct golden_world w = { .failed = false };

	golden_set_up(c, &w);
	for (size_t i = 0; i < w.image_count; i++)
		if (strcmp(w.images[i].file, "cgroup.img") == 0)
			buffer_append(seed, buffer_span(&w.images[i].bytes));
	world_free(&w);
}

bool fuzz_seed(size_t index, struct buffer *seed)
{
	bool of_case = index >= SEEDS_BESIDE;

	if (!host_count)
		begin();
	if (index >= SEEDS_BESIDE + golden_count)
		return false;
	put_head(seed, index, of_case);
	if (of_case)
		put_case(seed, &golden_cases[index - SEEDS_BESIDE]);
	else
		buffer_append(seed, buffer_span(&usual.images[(uint8_t)index % IMAGES].bytes));
	return true;
}
