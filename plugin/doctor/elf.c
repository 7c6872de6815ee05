/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "elf.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADERS_MAX 64   /* of a file's program headers, that are looked at */
#define NOTES_MAX 16384u /* bytes of a segment of notes */

static bool read_at(int fd, void *data, size_t size, uint64_t offset)
{
	return pread(fd, data, size, (off_t)offset) == (ssize_t)size;
}

static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* In notes of `size` bytes, each a header, a name and a description. */
static size_t find_in_notes(const uint8_t *notes, size_t size, uint8_t *id)
{
	ElfW(Nhdr) note;

	while (size >= sizeof(note)) {
		size_t name, whole;

		memcpy(&note, notes, sizeof(note));
		name = sizeof(note) + padded(note.n_namesz);
		whole = name + padded(note.n_descsz);
		if (note.n_namesz > NOTES_MAX || note.n_descsz > NOTES_MAX || whole > size)
			return 0;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof("GNU") &&
		    memcmp(notes + sizeof(note), "GNU", sizeof("GNU")) == 0 &&
		    note.n_descsz <= BUILD_ID_MAX) {
			memcpy(id, notes + name, note.n_descsz);
			return note.n_descsz;
		}
		notes += whole;
		size -= whole;
	}
	return 0;
}

static size_t find_in_segment(int fd, uint64_t offset, uint64_t size, uint8_t *id)
{
	uint8_t notes[NOTES_MAX];

	size = size < NOTES_MAX ? size : NOTES_MAX;
	return read_at(fd, notes, size, offset) ? find_in_notes(notes, size, id) : 0;
}

/* The index-th program header, of either class, as one of 64 bits. */
static bool read_segment(int fd, unsigned index, Elf64_Phdr *segment)
{
	Elf64_Ehdr head;
	Elf32_Ehdr head32;
	Elf32_Phdr segment32;

	if (!read_at(fd, &head, sizeof(head), 0))
		return false;
	if (head.e_ident[EI_CLASS] == ELFCLASS64)
		return index < head.e_phnum && read_at(fd, segment, sizeof(*segment),
						       head.e_phoff + index * sizeof(*segment));
	memcpy(&head32, &head, sizeof(head32));
	if (index >= head32.e_phnum ||
	    !read_at(fd, &segment32, sizeof(segment32),
		     (uint64_t)head32.e_phoff + index * sizeof(segment32)))
		return false;
	*segment = (Elf64_Phdr){ .p_type = segment32.p_type,
				 .p_offset = segment32.p_offset,
				 .p_filesz = segment32.p_filesz };
	return true;
}

static bool is_elf(int fd)
{
	unsigned char ident[SELFMAG];

	return read_at(fd, ident, sizeof(ident), 0) && memcmp(ident, ELFMAG, SELFMAG) == 0;
}

size_t elf_build_id(int fd, uint8_t id[BUILD_ID_MAX])
{
	Elf64_Phdr segment;
	size_t size = 0;

	errno = 0;
	if (!is_elf(fd))
		return 0;
	for (unsigned i = 0; !size && i < HEADERS_MAX && read_segment(fd, i, &segment); i++)
		if (segment.p_type == PT_NOTE)
			size = find_in_segment(fd, segment.p_offset, segment.p_filesz, id);
	return size;
}

bool elf_is_whole(int fd)
{
	Elf64_Phdr segment;
	struct stat st;

	errno = 0;
	if (fstat(fd, &st) < 0 || !is_elf(fd))
		return false;
	for (unsigned i = 0; i < HEADERS_MAX && read_segment(fd, i, &segment); i++)
		if (segment.p_offset > (uint64_t)st.st_size ||
		    segment.p_filesz > (uint64_t)st.st_size - segment.p_offset)
			return false;
	return errno == 0;
}
