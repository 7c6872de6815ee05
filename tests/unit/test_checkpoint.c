/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../plugin/checkpoint.h"
#include "fakeroot.h"
#include "test.h"

static struct error err;

static const struct image_kind *kind(const char *name)
{
	return kind_named(name, strlen(name));
}

static const char *file_of(struct checkpoint *c, const char *name, size_t index)
{
	struct checkpoint_image *image;
	int found = checkpoint_find(c, kind(name), index, &image, &err);

	return found > 0 ? image->file : found ? err.text : "(none)";
}

static void test_find(int dir)
{
	struct checkpoint c;

	checkpoint_init(&c, dir, 100, 200);
	is_text(file_of(&c, "cgroup", 0), "cgroup.img", "a kind with one file");
	ok(!c.listed, "is found without reading the directory");
	is_text(file_of(&c, "files", 0), "(none)", "a missing file is no error");
	is_text(file_of(&c, "core", 0), "core-7.img", "first of several");
	is_text(file_of(&c, "core", 1), "core-10.img", "numbers by value");
	is_text(file_of(&c, "core", 2), "(none)", "no more");
	is_text(file_of(&c, "cgroup", 0), "cgroup.img", "still one");
	is_text(file_of(&c, "cgroup", 1), "(none)", "and no second");
	is_number((long long)checkpoint_count(&c), 6, "every image once");
	checkpoint_free(&c);
}

static void test_numbered(int dir)
{
	struct checkpoint_image *image;
	struct checkpoint c;
	size_t at = 0;

	checkpoint_init(&c, dir, 100, 200);
	ok(!checkpoint_named(&c, "core-7.img"), "an image that was not looked for");
	is_number(checkpoint_find_numbered(&c, kind("core"), 10, &at, &err), 1,
		  "the image with a number in its name");
	is_number((long long)at, 1, "is the second");
	checkpoint_find(&c, kind("core"), at, &image, &err);
	ok(!image->read, "and was not read");
	ok(checkpoint_named(&c, "core-10.img") == image, "it is found by its name, too");
	ok(!checkpoint_named(&c, "core-11.img") && !checkpoint_named(&c, "restore.log"),
	   "what is not there is not");
	at++;
	is_number(checkpoint_find_numbered(&c, kind("core"), 10, &at, &err), 0, "there is one");
	is_number(checkpoint_find_numbered(&c, kind("cgroup"), 10, &at, &err), 0,
		  "none has a number where there is one file");
	ok(checkpoint_named(&c, "cgroup.img"), "which is found by its name");
	checkpoint_free(&c);
}

static void test_read(int dir)
{
	struct checkpoint_image *image, *link, *big, *fifo;
	struct content fresh = { .size = 0 };
	struct checkpoint c;
	struct stat st;

	checkpoint_init(&c, dir, 100, 106);
	checkpoint_find(&c, kind("cgroup"), 0, &image, &err);
	ok(checkpoint_read(&c, image, &err) == 0, "an image is read");
	is_number((long long)image->content.size, 6, "whole");
	ok(content_append(&fresh, span_text("changed"), &err) == 0 &&
		   content_seal(&fresh, &err) == 0,
	   "other content");
	ok(checkpoint_update(&c, image, &fresh, &err) == 0 && image->changed, "and changed");
	is_number((long long)c.held, 7, "its size is counted");

	checkpoint_find(&c, kind("mm"), 0, &link, &err);
	ok(checkpoint_read(&c, link, &err) < 0, "a link is refused");
	is_text(err.text,
		"mm-7.img: cannot open a symbolic link: Too many levels of symbolic links",
		"by name");
	checkpoint_find(&c, kind("fs"), 0, &fifo, &err);
	ok(checkpoint_read(&c, fifo, &err) < 0, "a FIFO is refused");
	is_text(err.text, "fs-7.img: is not a regular file", "without waiting for a writer");
	ok(checkpoint_stat_file(-1, &st, &err) < 0, "what cannot be looked at");
	is_text(err.text, "cannot be looked at: Bad file descriptor",
		"is not said to be of another type");
	checkpoint_find(&c, kind("core"), 0, &big, &err);
	ok(checkpoint_read(&c, big, &err) < 0, "too much in all is refused");
	is_text(err.text, "core-7.img: the images need more memory than limit-memory allows (106)",
		"by the limit's name");
	checkpoint_find(&c, kind("core"), 1, &big, &err);
	ok(checkpoint_read(&c, big, &err) < 0, "too large an image is refused");
	is_text(err.text, "core-10.img: 101 bytes are more than limit-image allows (100)",
		"by the limit's name");
	checkpoint_revert(&c);
	is_number((long long)c.held, 0, "nothing is held after a revert");
	ok(!image->changed && checkpoint_read(&c, image, &err) == 0 &&
		   span_is(image->content.bytes, "cgroup"),
	   "which reads the old content");
	checkpoint_free(&c);
}

int main(void)
{
	char text[102];
	int dir = fakeroot_make();

	memset(text, 'x', sizeof(text));
	text[101] = 0;
	fakeroot_put(dir, "core-10.img", text);
	text[100] = 0;
	fakeroot_put(dir, "core-7.img", text);
	text[99] = 0;
	fakeroot_put(dir, "cgroup.img", "cgroup");
	fakeroot_put(dir, "pages-1.img", "raw");
	fakeroot_put(dir, "restore.log", "no image");
	if (symlinkat("cgroup.img", dir, "mm-7.img") < 0 || mkfifoat(dir, "fs-7.img", 0600) < 0)
		perror("mm-7.img");
	test_find(dir);
	test_numbered(dir);
	test_read(dir);
	close(dir);
	fakeroot_remove();
	return test_end();
}
