/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libarchive, which is opened when the first archive is: it brings 15 libraries
 * with it, and a command that sees no archive would start six times slower.
 * la.read_new() is archive_read_new(), and so on.
 */
#ifndef CRW_LIBARCHIVE_H
#define CRW_LIBARCHIVE_H

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>

#define LIBARCHIVE_FUNCTIONS(F)                                                                    \
	F(entry_clone)                                                                             \
	F(entry_filetype)                                                                          \
	F(entry_free)                                                                              \
	F(entry_hardlink)                                                                          \
	F(entry_pathname)                                                                          \
	F(entry_set_pathname)                                                                      \
	F(entry_set_size)                                                                          \
	F(entry_size)                                                                              \
	F(entry_sparse_clear)                                                                      \
	F(entry_sparse_next)                                                                       \
	F(entry_sparse_reset)                                                                      \
	F(error_string)                                                                            \
	F(filter_code)                                                                             \
	F(read_data_block)                                                                         \
	F(read_data_skip)                                                                          \
	F(read_free)                                                                               \
	F(read_header_position)                                                                    \
	F(read_new)                                                                                \
	F(read_next_header)                                                                        \
	F(read_open2)                                                                              \
	F(read_open_fd)                                                                            \
	F(read_support_filter_gzip)                                                                \
	F(read_support_filter_zstd)                                                                \
	F(read_support_format_raw)                                                                 \
	F(read_support_format_tar)                                                                 \
	F(set_error)                                                                               \
	F(write_add_filter_gzip)                                                                   \
	F(write_add_filter_zstd)                                                                   \
	F(write_close)                                                                             \
	F(write_data)                                                                              \
	F(write_finish_entry)                                                                      \
	F(write_free)                                                                              \
	F(write_header)                                                                            \
	F(write_new)                                                                               \
	F(write_open)                                                                              \
	F(write_set_bytes_per_block)                                                               \
	F(write_set_filter_option)                                                                 \
	F(write_set_format_pax)

struct libarchive {
#define LIBARCHIVE_MEMBER(name) __typeof__(archive_##name) *name;
	LIBARCHIVE_FUNCTIONS(LIBARCHIVE_MEMBER)
#undef LIBARCHIVE_MEMBER
};

extern struct libarchive la;

/* False after a complaint. Once is enough. */
bool libarchive_open(void);

#endif
