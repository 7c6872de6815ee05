/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public header's way through images: entries, fields by path, lists, finding. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../../plugin/criu-rewrite.h"
#include "test.h"

static struct crw *crw;

static int file_of(const void *data, size_t size)
{
	int fd = memfd_create("test", 0);

	if (write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	return fd;
}

/* A file with the image of that JSON. */
static int image_of(const char *json)
{
	int from = file_of(json, strlen(json)), to = memfd_create("image", 0);

	if (crw_encode(crw, from, crw_sink_fd, &to) < 0)
		printf("# %s\n", crw_error(crw));
	lseek(to, 0, SEEK_SET);
	close(from);
	return to;
}

static struct crw_reader *open_file(int fd)
{
	struct crw_reader *reader;

	crw_reader_open(crw, fd, &reader);
	close(fd);
	return reader;
}

static struct crw_reader *open_json(const char *json)
{
	return open_file(image_of(json));
}

/* The value as text in a static buffer, or why there is none. */
static const char *get(const struct crw_message *message, const char *path)
{
	static char text[256];
	struct crw_value value;
	int found = crw_get(crw, message, path, &value);
	char *is = found > 0 ? crw_value_text(&value) : NULL;

	snprintf(text, sizeof(text), "%s", found < 0 ? crw_error(crw) : is ? is : "(none)");
	free(is);
	return text;
}

static const char *list(const struct crw_message *message, const char *path)
{
	static char text[256];
	struct crw_value value = { .rest = NULL };
	size_t length = 0;
	int more;

	text[0] = 0;
	while ((more = crw_get_next(crw, message, path, &value)) > 0) {
		char *is = crw_value_text(&value);

		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s,", is);
		free(is);
	}
	return more < 0 ? crw_error(crw) : text;
}

#define CORE_TC                                                                                    \
	"\"tc\": {\"task_state\": 1, \"exit_code\": 7, \"personality\": 0, \"flags\": 0, "         \
	"\"blk_sigset\": 0, \"comm\": \"sh\", \"cg_set\": 3"

static void test_get(void)
{
	struct crw_reader *r = open_json(
		"{\"magic\": \"CORE\", \"entries\": [{\"mtype\": \"X86_64\", " CORE_TC "}}]}");
	static const char *const names[] = { "cg_set", "loginuid", "exit_code", "comm" };
	struct crw_message entry;
	struct crw_value value;
	uint64_t numbers[4];

	is_text(crw_reader_magic(r), "CORE", "the kind");
	is_number(crw_reader_next(r, &entry), 1, "an entry");
	is_text(entry.name, "core_entry", "its type");
	is_text(get(&entry, "tc.cg_set"), "3", "a number");
	is_number((long long)crw_get_number(crw, &entry, "tc.cg_set"), 3, "the same at once");
	is_number((long long)crw_get_number(crw, &entry, "tc.loginuid"), 0, "0 when there is none");
	is_text(get(&entry, "tc.comm"), "sh", "text");
	is_text(get(&entry, "mtype"), "X86_64", "an enum");
	is_text(get(&entry, "tc.exit_code"), "7", "an unsigned number");
	is_text(get(&entry, "tc"), "task_core_entry", "a message");
	is_text(get(&entry, "thread_info"), "(none)", "a field that is not there");
	is_text(get(&entry, "thread_info.gpregs.r15"), "(none)", "nor what would be in it");
	is_text(get(&entry, "tc.nice"), "task_core_entry has no field 'nice'", "a wrong name");
	is_text(get(&entry, "thread_info.gprs"), "thread_info_x86 has no field 'gprs'",
		"also in a message that is not there");
	is_text(get(&entry, "mtype.x"), "'mtype' has no fields", "a path through a number");
	is_text(get(&entry, "tc."), "task_core_entry has no field ''", "a path that ends in a dot");
	is_text(list(&entry, "tc.comm"), "'comm' is not a list", "a list of what is none");
	ok(crw_get(crw, &entry, "tc", &value) > 0, "a message to go on from");
	is_text(get(&value.message, "cg_set"), "3", "its field");
	is_number(crw_get_numbers(crw, &value.message, names, 4, numbers), 0, "several at once");
	ok(numbers[0] == 3 && numbers[1] == 0 && numbers[2] == 7 && numbers[3] == 0,
	   "each of them, 0 of a text and where there is none");
	is_number(crw_get_numbers(crw, &value.message, names + 2, 1, numbers), 0, "once more");
	is_number((long long)numbers[0], 7, "another one in front");
	is_number(crw_get_numbers(crw, &entry, names, 4, numbers), -1, "of another message");
	is_text(crw_error(crw), "core_entry has no field 'cg_set'", "which has not all of them");
	is_number(crw_reader_next(r, &entry), 0, "the end");
	crw_reader_close(r);
}

static void test_payload(void)
{
	struct crw_reader *r = open_json(
		"{\"magic\": \"PIPES_DATA\", \"entries\": [{\"pipe_id\": 7, "
		"\"bytes\": 2, \"extra\": \"aGk=\\n\"}]}");
	struct crw_message entry;

	ok(crw_reader_next(r, &entry) > 0 && entry.payload == 2, "bytes behind an entry");
	crw_reader_close(r);
}

static void test_renamed(void)
{
	static const char head[] = "{\"magic\": \"PAGEMAP\", \"entries\": [{\"pages_id\": 1}, ";
	char json[256];
	struct crw_message entry;
	struct crw_reader *r;

	snprintf(json, sizeof(json),
		 "%s{\"vaddr\": 0, \"nr_pages\": 5}, {\"vaddr\": 0, "
		 "\"compat_nr_pages\": 6, \"nr_pages\": 7}]}",
		 head);
	r = open_json(json);
	crw_reader_next(r, &entry);
	is_text(entry.name, "pagemap_head", "the head of a pagemap is an entry");
	crw_reader_next(r, &entry);
	is_text(get(&entry, "nr_pages"), "5", "the name of a field as decode has it");
	is_text(get(&entry, "compat_nr_pages"), "5", "and its own name");
	crw_reader_next(r, &entry);
	is_text(get(&entry, "nr_pages"), "7", "unless the name is another's now");
	crw_reader_close(r);
}

#define MAGIC "\x19\x43\x56\x54\x30\x30\x27\x50" /* of pstree.img */
/* pid twice, ppid, pgid, sid, threads: one, a run of two, one */
#define ENTRY "\x08\x01\x08\x02\x10\x00\x18\x01\x20\x01\x28\x05\x2a\x02\x06\x07\x28\x08"

static int pstree(const char *entries, size_t size)
{
	char file[256];

	memcpy(file, MAGIC, 8);
	memcpy(file + 8, entries, size);
	return file_of(file, 8 + size);
}

static void test_wire(void)
{
	static const char whole[] = "\x12\0\0\0" ENTRY, lacking[] = "\x02\0\0\0\x08\x01";
	struct crw_message entry;
	struct crw_reader *r = open_file(pstree(whole, sizeof(whole) - 1));

	ok(r && crw_reader_next(r, &entry) > 0, "an entry as no CRIU writes it");
	is_text(get(&entry, "pid"), "2", "of a field that is there twice the last counts");
	is_text(list(&entry, "threads"), "5,6,7,8,", "a list in pieces");
	is_text(get(&entry, "threads"), "'threads' is a list", "is no single value");
	crw_reader_close(r);
	r = open_file(pstree(lacking, sizeof(lacking) - 1));
	is_number(crw_reader_next(r, &entry), -1, "an entry that lacks fields");
	is_text(crw_error(crw), "entry 0: pstree_entry: the required field ppid is missing",
		"says so");
	crw_reader_close(r);
}

#define TASK(pid, sid) "{\"pid\": " pid ", \"ppid\": 0, \"pgid\": 1, \"sid\": " sid "}"

/* pid as 4 bytes, ppid as a message, then both as numbers; then pgid, whose last is 8 bytes. */
#define ODD                                                                                        \
	"\x0d\x09\0\0\0\x12\x02\x08\x09\x08\x02\x10\x03\x18\x01\x20\x01"                           \
	"\x0d\x07\0\0\0\x12\x01\x07\x19\x07\0\0\0\0\0\0\0"

/* A reader refuses such an entry; whoever has a message from elsewhere may ask, too. */
static void test_wrong_types(void)
{
	static const char image[] = "\x22\0\0\0" ODD, whole[] = "\x12\0\0\0" ENTRY;
	static const char *const names[] = { "pid", "ppid", "pgid", "sid" };
	struct crw_message entry;
	struct crw_reader *r = open_file(pstree(image, sizeof(image) - 1));
	uint64_t n[4];

	is_number(crw_reader_next(r, &entry), -1, "an entry with fields of other wire types");
	is_text(crw_error(crw), "entry 0: pstree_entry.pid: wire type 5 instead of 0", "says so");
	crw_reader_close(r);
	r = open_file(pstree(whole, sizeof(whole) - 1));
	ok(crw_reader_next(r, &entry) > 0, "a message of that type");
	entry.data = (const uint8_t *)ODD;
	entry.size = sizeof(ODD) - 1;
	is_number(crw_get_numbers(crw, &entry, names, 4, n), 0, "several at once");
	ok(n[0] == 2 && n[1] == 3 && n[2] == 1 && n[3] == 1,
	   "what is of another wire type counts neither in front nor behind");
	is_text(get(&entry, "pid"), "2", "nor by itself");
	crw_reader_close(r);
}

static void test_find(void)
{
	struct crw_reader *r = open_json("{\"magic\": \"PSTREE\", \"entries\": [" TASK(
		"4", "1") ", " TASK("5", "2") ", " TASK("5", "3") "]}");
	struct crw_message entry;

	is_number(crw_reader_find(r, "pid", 5, &entry), 1, "finds an entry");
	is_text(get(&entry, "sid"), "2", "the first");
	is_number(crw_reader_find(r, "pid", 6, &entry), 0, "not one that is not there");
	is_number(crw_reader_find(r, "sid", 3, &entry), 1, "finds by another field");
	is_number(crw_reader_find(r, "id", 3, &entry), -1, "not by one that it does not have");
	is_text(crw_error(crw), "entry 0: pstree_entry has no field 'id'", "and says so");
	ok(crw_reader_next(r, &entry) > 0, "goes on where it was");
	is_text(get(&entry, "pid"), "4", "at the first entry");
	crw_reader_close(r);
	r = open_json("{\"magic\": \"PSTREE\", \"entries\": []}");
	is_number(crw_reader_find(r, "pid", 1, &entry), 0, "nothing in an empty image");
	crw_reader_close(r);
}

static void test_cut_off(void)
{
	static const char entries[] = "\x12\0\0\0" ENTRY "\x12\0\0";
	struct crw_reader *r = open_file(pstree(entries, sizeof(entries) - 1));
	struct crw_message entry;

	is_number(crw_reader_find(r, "pid", 9, &entry), -1, "an image that is cut off");
	is_text(crw_error(crw),
		"entry 1: cut off: the size of a message takes 4 bytes but only 3 are left",
		"says so");
	is_number(crw_reader_find(r, "pid", 9, &entry), 0, "once");
	is_number(crw_reader_find(r, "pid", 2, &entry), 1, "and finds what is in front of it");
	crw_reader_close(r);
}

#define MANY 20000u
#define TASK_SIZE 14u

static int many_tasks(void)
{
	char *file = malloc(8 + MANY * TASK_SIZE);
	int fd;

	memcpy(file, MAGIC, 8);
	for (unsigned i = 0; i < MANY; i++) {
		const char task[TASK_SIZE] = {
			10,
			0,
			0,
			0,
			8,
			(char)(i | 128),
			(char)(i >> 7 | 128),
			(char)(i >> 14),
			16,
			0,
			24,
			1,
			32,
			1,
		};

		memcpy(file + 8 + i * TASK_SIZE, task, TASK_SIZE);
	}
	fd = file_of(file, 8 + MANY * TASK_SIZE);
	free(file);
	return fd;
}

static void test_many(void)
{
	struct crw_reader *r = open_file(many_tasks());
	struct crw_message entry;
	size_t wrong = 0;

	for (unsigned i = 0; i < MANY; i++)
		wrong += crw_reader_find(r, "pid", i, &entry) != 1 ||
			 crw_get_number(crw, &entry, "pid") != i;
	is_number((long long)wrong, 0, "each of many entries is found");
	is_number(crw_reader_find(r, "pid", MANY, &entry), 0, "and no more");
	crw_reader_close(r);
}

static void test_open(void)
{
	char path[] = "/tmp/criu-rewrite-reader.XXXXXX";
	int dir = open(mkdtemp(path), O_RDONLY | O_DIRECTORY), pipes[2];
	struct crw_reader *r = NULL;
	struct crw_message entry;

	is_number(crw_reader_open_at(crw, dir, "a.img", &r), 0, "no such image");
	ok(symlinkat("/etc/passwd", dir, "a.img") == 0, "a link");
	is_number(crw_reader_open_at(crw, dir, "a.img", &r), -1, "is none");
	is_text(crw_error(crw), "cannot open a symbolic link: Too many levels of symbolic links",
		"and why");
	unlinkat(dir, "a.img", 0);
	ok(mkdirat(dir, "a.img", 0700) == 0 && crw_reader_open_at(crw, dir, "a.img", &r) < 0,
	   "nor is a directory");
	is_text(crw_error(crw), "is not a regular file", "and why");
	unlinkat(dir, "a.img", AT_REMOVEDIR);
	/* A device never ends; only root can make one, a FIFO is none either. */
	ok((mknodat(dir, "a.img", S_IFCHR | 0600, makedev(1, 5)) == 0 ||
	    mkfifoat(dir, "a.img", 0600) == 0) &&
		   crw_reader_open_at(crw, dir, "a.img", &r) < 0,
	   "nor is a device");
	is_text(crw_error(crw), "is not a regular file", "and why");
	unlinkat(dir, "a.img", 0);
	rmdir(path);
	close(dir);
	ok(pipe(pipes) == 0 && write(pipes[1], MAGIC "\x12\0\0\0" ENTRY, 30) == 30, "a pipe");
	close(pipes[1]);
	r = open_file(pipes[0]);
	is_number(crw_reader_next(r, &entry), 1, "is one");
	printf("# %s\n", crw_error(crw));
	crw_reader_close(r);
	crw_reader_close(NULL);
}

int main(void)
{
	crw = crw_new();
	test_get();
	test_payload();
	test_renamed();
	test_wire();
	test_wrong_types();
	test_find();
	test_cut_off();
	test_many();
	test_open();
	crw_free(crw);
	return test_end();
}
