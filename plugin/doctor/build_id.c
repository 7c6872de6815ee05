/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "build_id.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
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

/* The two classes of ELF differ in the widths of these only. */
#define FIND_IN_FILE(bits)                                                                         \
	static size_t find_in_file_##bits(int fd, uint8_t *id)                                     \
	{                                                                                          \
		Elf##bits##_Ehdr head;                                                             \
		Elf##bits##_Phdr segment;                                                          \
		size_t size = 0;                                                                   \
                                                                                                   \
		if (!read_at(fd, &head, sizeof(head), 0))                                          \
			return 0;                                                                  \
		for (unsigned i = 0; !size && i < head.e_phnum && i < HEADERS_MAX; i++) {          \
			if (!read_at(fd, &segment, sizeof(segment),                                \
				     head.e_phoff + i * sizeof(segment)))                          \
				return 0;                                                          \
			if (segment.p_type == PT_NOTE)                                             \
				size = find_in_segment(fd, segment.p_offset, segment.p_filesz,     \
						       id);                                        \
		}                                                                                  \
		return size;                                                                       \
	}

FIND_IN_FILE(32)
FIND_IN_FILE(64)

size_t build_id_read(int fd, uint8_t id[BUILD_ID_MAX])
{
	unsigned char ident[EI_NIDENT];

	if (!read_at(fd, ident, sizeof(ident), 0) || memcmp(ident, ELFMAG, SELFMAG) != 0)
		return 0;
	return ident[EI_CLASS] == ELFCLASS32 ? find_in_file_32(fd, id) : find_in_file_64(fd, id);
}
