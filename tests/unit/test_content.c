/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../proto/content.h"
#include "../../proto/file.h"
#include "test.h"

static struct error err;

static uint8_t byte_at(size_t place)
{
	return (uint8_t)(place * 7 + place / 251);
}

static void fill(uint8_t *data, size_t from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		data[i] = byte_at(from + i);
}

static bool is_right(struct span s, size_t size)
{
	bool right = s.size == size;

	for (size_t i = 0; right && i < size; i++)
		right = s.data[i] == byte_at(i);
	return right;
}

/* Appends pieces of that size; is it all there? */
static bool appends(size_t size, size_t piece, bool in_file)
{
	struct content c = { .size = 0 };
	uint8_t *data = malloc(piece);
	bool right = true;

	for (size_t at = 0; at < size; at += piece) {
		size_t now = size - at < piece ? size - at : piece;

		fill(data, at, now);
		right &= content_append(&c, span_of(data, now), &err) == 0;
	}
	right &= content_seal(&c, &err) == 0 && c.has_file == in_file && is_right(c.bytes, size);
	content_free(&c);
	free(data);
	return right && !c.bytes.data && !c.has_file;
}

static void test_append(void)
{
	ok(appends(0, 1, false), "nothing");
	ok(appends(10, 3, false), "a little");
	ok(appends(CONTENT_MEMORY_MAX, 65536, false), "as much as goes into memory");
	ok(appends(CONTENT_MEMORY_MAX + 1, 65536, true), "one byte more");
	ok(appends(CONTENT_MEMORY_MAX * 2 + 17, 1000, true), "much, in small pieces");
	ok(appends(CONTENT_MEMORY_MAX * 2 + 17, CONTENT_MEMORY_MAX + 5, true), "in large ones");
}

static int sum_up(void *arg, struct span piece, struct error *unused)
{
	*(size_t *)arg += piece.size;
	return piece.size > 1u << 20 ? -1 : 0;
}

static int refuse(void *arg, struct span piece, struct error *why)
{
	return fail(why, "enough");
}

/* Pages that were let go of come back. */
static void test_give(void)
{
	size_t size = CONTENT_MEMORY_MAX + 4097, sum = 0;
	struct content c = { .size = 0 };
	uint8_t *data = malloc(size);

	fill(data, 0, size);
	content_append(&c, span_of(data, size), &err);
	content_seal(&c, &err);
	ok(content_give(&c, c.bytes, sum_up, &sum, &err) == 0 && sum == size,
	   "all of it, in pieces");
	ok(is_right(c.bytes, size), "it can be read again");
	ok(content_give(&c, c.bytes, refuse, NULL, &err) < 0, "a taker ends it");
	is_text(err.text, "enough", "and says why");
	content_passed(NULL, 5);
	content_free(&c);
	free(data);
}

static int file_with(size_t size)
{
	uint8_t *data = malloc(size + 1);
	int fd = file_temporary();

	fill(data, 0, size);
	ok(fd >= 0 && file_write(fd, span_of(data, size)) == 0 && lseek(fd, 0, SEEK_SET) == 0,
	   "a file");
	free(data);
	return fd;
}

static void test_copy(size_t size)
{
	struct content c = { .size = 0 };
	int fd = file_with(size);

	ok(content_copy(&c, fd, size, &err) == 0 && is_right(c.bytes, size), "is copied");
	ok(ftruncate(fd, 0) == 0 && is_right(c.bytes, size),
	   "and cut off later, the copy is whole");
	content_free(&c);
	lseek(fd, 0, SEEK_SET);
	ok(content_copy(&c, fd, size, &err) < 0, "one that became shorter");
	is_text(err.text, "became shorter while it was read", "is refused");
	content_free(&c);
	close(fd);
}

static void test_open(size_t size)
{
	struct content c = { .size = 0 };
	int fd = file_with(size);

	ok(content_open(&c, fd, size, &err) == 0 && is_right(c.bytes, size), "a file is opened");
	ok(ftruncate(fd, 0) == 0 && is_right(c.bytes, size), "and does not shrink with it");
	content_free(&c);
	close(fd);
	fd = file_with(size);
	ok(content_open(&c, fd, size - 1, &err) < 0, "one beyond the limit");
	ok(strstr(err.text, "bigger than the limit of "), "is refused");
	content_free(&c);
	lseek(fd, 1, SEEK_SET);
	ok(content_open(&c, fd, size, &err) == 0 && c.size == size - 1, "what is left of a file");
	close(fd);
	ok(c.bytes.data[0] == byte_at(1), "is read without its descriptor");
	content_free(&c);
}

static void test_open_directory(void)
{
	struct content c = { .size = 0 };
	int dir = open("/", O_RDONLY | O_DIRECTORY);

	ok(content_open(&c, dir, 5000, &err) < 0, "a directory");
	is_text(err.text, "is a directory; name a file in it", "is refused");
	close(dir);
}

/* Where nothing can be written there is memory. */
static void test_temporary(void)
{
	int fd;

	setenv("TMPDIR", "/proc", 1);
	fd = file_temporary();
	ok(fd >= 0 && file_write(fd, span_text("x")) == 0, "a temporary file in memory");
	close(fd);
	unsetenv("TMPDIR");
}

static void test_full_disk(void)
{
	struct content c = { .fd = open("/dev/full", O_WRONLY), .has_file = true };

	content_append(&c, span_text("x"), &err);
	ok(content_seal(&c, &err) < 0, "a full disk");
	is_text(err.text,
		"cannot write a temporary file (TMPDIR says where): No space left on "
		"device",
		"is named with the remedy");
	content_free(&c);
}

int main(void)
{
	test_append();
	test_give();
	test_copy(5000);
	test_copy(CONTENT_MEMORY_MAX + 5000);
	test_open(5000);
	test_open(CONTENT_MEMORY_MAX + 5000);
	test_open_directory();
	test_temporary();
	test_full_disk();
	return test_end();
}
