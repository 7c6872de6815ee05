/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which ends of socketpairs CRIU would kill a task for, by what the images say. */
#include "../../plugin/pairs.h"
#include "image_files.h"
#include "test.h"

#define END(id, peer)                                                                              \
	"file_entry { type=UNIXSK id=" id " usk { id=" id " ino=10" id " type=1 state=1 flags=2 "  \
	"uflags=0 backlog=0 peer=" peer IMAGE_FOWN IMAGE_OPTS("") " name=\"\" } }\n"

/* Both are made by whoever has 2, as that comes last. */
static const char pair[] = END("1", "102") END("2", "101");
static const char other_order[] = END("2", "101") END("1", "102");
static const char one_way[] = END("1", "102") END("2", "103");
static const char itself[] = END("1", "101");

/* What the processes 10 and 20 have open: "1", "12". */
struct held {
	const char *first, *second;
};

static void put(int root, const char *folder, const char *files, struct held held)
{
	const char *open[] = { held.first, held.second };
	char file[32], text[400];

	fakeroot_remove_below(folder);
	image_file_put(root, folder, "files.img", files);
	for (int i = 0; i < 2; i++) {
		snprintf(file, sizeof(file), "ids-%d.img", 10 * (i + 1));
		snprintf(text, sizeof(text),
			 "task_kobj_ids_entry { vm_id=1 files_id=%d fs_id=1 sighand_id=1 }", i + 1);
		image_file_put(root, folder, file, text);
		text[0] = 0;
		for (const char *id = open[i]; *id; id++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text),
				 "fdinfo_entry { id=%c flags=0 type=UNIXSK fd=%c }\n", *id, *id);
		snprintf(file, sizeof(file), "fdinfo-%d.img", i + 1);
		image_file_put(root, folder, file, text);
	}
}

/* The error of the check, "" for none. */
static const char *check(int root)
{
	static const struct blame by = { true, "x.rules", 7 };
	int now_dir = image_files_open(root, "now"), was_dir = image_files_open(root, "was");
	struct checkpoint now, was;
	static struct error err;
	int status;

	err.text[0] = 0;
	checkpoint_init(&now, now_dir, 1 << 20, 1 << 20);
	checkpoint_init(&was, was_dir, 1 << 20, 1 << 20);
	status = pairs_check(&by, &now, &was, &err);
	checkpoint_free(&now);
	checkpoint_free(&was);
	close(now_dir);
	close(was_dir);
	return status == 0 ? "" : err.text;
}

static const char torn[] =
	"x.rules:7: after this change the file 2 of files.img, an end of a socketpair, is in no "
	"process before 20, but the other end, the file 1, is in process 10, and CRIU kills the "
	"task; keep 2 in fdinfo of process 10, or delete 1 there, too";

static const struct {
	const char *files;
	struct held held;
	const char *error, *what;
} cases[] = {
	{ pair, { "12", "12" }, "", "both have both" },
	{ pair, { "1", "12" }, torn, "the second process makes both, and the first has one" },
	{ pair, { "1", "2" }, "", "each has one: it is sent" },
	{ pair, { "2", "12" }, "", "the first makes both" },
	{ pair, { "", "12" }, "", "the first has none" },
	{ other_order, { "1", "12" }, "", "the entry that comes last decides" },
	{ one_way, { "1", "12" }, "", "sockets of which one is connected elsewhere" },
	{ itself, { "1", "1" }, "", "a socket that is connected to itself" },
};

int main(void)
{
	int root = fakeroot_make();

	put(root, "was", pair, (struct held){ "12", "12" });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(root, "now", cases[i].files, cases[i].held);
		is_text(check(root), cases[i].error, cases[i].what);
	}
	put(root, "was", pair, (struct held){ "1", "12" });
	put(root, "now", pair, (struct held){ "1", "12" });
	is_text(check(root), "", "what was like that in the checkpoint is nobody's fault");
	fakeroot_put(root, "now/files.img", "no image");
	ok(*check(root), "files that cannot be read");
	unlinkat(root, "now/files.img", 0);
	is_text(check(root), "", "no files, no pairs");
	close(root);
	fakeroot_remove();
	return test_end();
}
