/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the checks of doctor stand on: options of criu, ELF files that may be anything, sets
 * of numbers. The checks themselves are tried on real checkpoints (tests/criu/doctor.sh). */
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../plugin/doctor/doctor.h"
#include "../../plugin/doctor/elf.h"
#include "fakeroot.h"
#include "test.h"

static bool same(const char *got, const char *want)
{
	return got && want ? strcmp(got, want) == 0 : got == want;
}

static void test_options(void)
{
	const char *const words[] = { "-d",
				      "--root",
				      "/box",
				      "--tcp-established",
				      "--external",
				      "mnt[a]:/b",
				      "--external=mnt[c]:/d",
				      "-j",
				      "--inherit-fd",
				      "fd[3]:net[1]",
				      "--veth-pair",
				      "x=y",
				      "--ext-mount-map",
				      "k:/v",
				      NULL };
	struct options options = { .words = NULL };
	struct error err;

	ok(options_take(&options, words, &err) == 0 && options.words, "a command line");
	ok(same(options_get(&options, "root", 0), "/box"), "a value in a word of its own");
	ok(same(options_get(&options, "external", 1), "mnt[c]:/d"), "and behind =");
	ok(same(options_get(&options, "external", 2), NULL), "and no more of them");
	ok(same(options_get(&options, "tcp-established", 0), ""), "an option without a value");
	ok(same(options_get(&options, "shell-job", 0), ""), "the short form of one");
	ok(same(options_get(&options, "ext-unix-sk", 0), NULL), "one that is not there");
	ok(same(options_of_key(&options, "external", "mnt", "c"), "/d"), "what a key stands for");
	ok(same(options_of_key(&options, "external", "mnt", "/d"), NULL), "a key of nobody");
	ok(same(options_of_key(&options, "external", "veth", "c"), NULL), "a key of another kind");
	ok(same(options_of_key(&options, "ext-mount-map", "", "k"), "/v"), "a key without a kind");
	ok(options_inherit(&options, "net[1]") && !options_inherit(&options, "net[2]"),
	   "a descriptor that is named");
	options_end(&options);
}

static void test_file_of_options(void)
{
	struct options options = { .words = NULL };
	struct arena arena = { NULL };
	struct error err;
	int root = fakeroot_make();

	fakeroot_put(root, "etc/criu/default.conf",
		     "# a comment\ntcp-close\nlibdir /opt/criu # where\n  root=\"/x\"\n\n");
	ok(options_read(&options, root, "etc/criu/default.conf", &arena, &err) >= 0 &&
		   !options.words,
	   "a file of CRIU's options");
	ok(same(options_get(&options, "tcp-close", 0), ""), "has one without a value");
	ok(same(options_get(&options, "libdir", 0), "/opt/criu"), "one with a value");
	ok(same(options_get(&options, "root", 0), "/x"), "and one in quotes");
	ok(options_read(&options, root, "etc/criu/none", &arena, &err) == 0, "no file is none");
	close(root);
	fakeroot_remove();
	options_end(&options);
	arena_free(&arena);
}

/* An ELF file with one segment of notes, of these sizes. */
static int make_elf(uint64_t segment_size, uint32_t id_size)
{
	struct {
		Elf64_Ehdr head;
		Elf64_Phdr segment;
		Elf64_Nhdr note;
		char name[4];
		uint8_t id[20];
	} file = { .name = "GNU" };
	int fd = memfd_create("elf", MFD_CLOEXEC);

	memcpy(file.head.e_ident, ELFMAG, SELFMAG);
	file.head.e_ident[EI_CLASS] = ELFCLASS64;
	file.head.e_phoff = sizeof(file.head);
	file.head.e_phnum = 1;
	file.segment.p_type = PT_NOTE;
	file.segment.p_offset = sizeof(file.head) + sizeof(file.segment);
	file.segment.p_filesz = segment_size;
	file.note.n_namesz = sizeof(file.name);
	file.note.n_descsz = id_size;
	file.note.n_type = NT_GNU_BUILD_ID;
	memset(file.id, 7, sizeof(file.id));
	if (write(fd, &file, sizeof(file)) != sizeof(file))
		return -1;
	return fd;
}

static void test_elf(void)
{
	static const struct {
		uint64_t segment;
		uint32_t id;
		size_t size;
		bool is_whole;
		const char *what;
	} files[] = {
		{ 36, 20, 20, true, "a build-id" },
		{ 36, 21, 0, true, "one that is longer than the notes" },
		{ 36, UINT32_MAX, 0, true, "one of 4 GiB" },
		{ 11, 20, 0, true, "notes that are shorter than their head" },
		{ 41, 20, 0, false, "notes that go beyond the file" },
		{ UINT64_MAX, 20, 0, false, "and far beyond it" },
	};
	uint8_t id[BUILD_ID_MAX];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd = make_elf(files[i].segment, files[i].id);

		ok(elf_build_id(fd, id) == files[i].size && elf_is_whole(fd) == files[i].is_whole,
		   files[i].what);
		close(fd);
	}
}

static void test_numbers(void)
{
	struct buffer numbers = { .size = 0 };

	numbers_sort(&numbers);
	ok(!numbers_have(&numbers, 0), "no numbers");
	numbers_add(&numbers, 7);
	numbers_add(&numbers, UINT64_MAX);
	numbers_add(&numbers, 3);
	numbers_sort(&numbers);
	ok(numbers_have(&numbers, 3) && numbers_have(&numbers, UINT64_MAX) &&
		   !numbers_have(&numbers, 4),
	   "numbers that are there, and one that is not");
	buffer_free(&numbers);
}

int main(void)
{
	test_options();
	test_file_of_options();
	test_elf();
	test_numbers();
	return test_end();
}
