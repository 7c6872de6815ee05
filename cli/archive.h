/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checkpoint archives as podman and CRI-O export them: a tar file, plain or
 * compressed with gzip or zstd, with the images in one folder, "checkpoint/" as
 * a rule, and the OCI spec at the top.
 *
 * libarchive reads and writes them, since tar is many formats (ustar, GNU,
 * pax; long names, extended attributes, sparse files, each in several ways)
 * and archives come from strangers: its parser has been fuzzed for years. Only
 * the command uses it; the library and what CRIU loads know directories only.
 */
#ifndef CRW_ARCHIVE_H
#define CRW_ARCHIVE_H

#include "cli.h"
#include "libarchive.h"

#define ARCHIVE_MEMBERS_MAX 1000000u
#define ARCHIVE_NAMES_MAX (64u << 20) /* bytes of all names */
/* Bytes that are unpacked unless --limit-archive allows more; the last also of all that is read: */
#define ARCHIVE_IMAGES_MAX (INT64_C(2) << 30) /* of images that rules can change */
#define ARCHIVE_PAGES_MAX (INT64_C(64) << 30) /* with the contents of memory, for diff */
#define ARCHIVE_SPEC_MAX (INT64_C(16) << 20)  /* bytes of an OCI spec */
#define ARCHIVE_PREFIX "checkpoint/"          /* of the images, as a rule */

#define ARCHIVE_HEADER_MAX (8u << 20) /* bytes before the content of a member */

/* Where its bytes come from (archive_source.c). */
struct archive_source {
	int fd;
	struct archive *packed; /* what unpacks it; NULL: nothing has to */
	void *buffer;
	int64_t read, most; /* so far; what that may become */
	bool begun, exceeded;
};

/* Results as libarchive's. It must stay where it is, and the descriptor open, until it is closed. */
int archive_source_open(struct archive_source *s, struct archive *a, int fd);
int archive_source_header(struct archive_source *s, struct archive *a,
			  struct archive_entry **entry);
void archive_source_close(struct archive_source *s);

/* An archive that is read from the beginning to the end. */
struct archive_reader {
	struct archive *archive;
	struct archive_source source;
	const char *path;
	const char *image; /* its name if the member is one, else NULL */
	const char *spec;  /* likewise an OCI spec, which stands at the top */
	struct {
		const char *name; /* "checkpoint/web.img": the first image, or NULL */
		size_t size;      /* of the folder in it, slash included */
	} images;                 /* all of them are in that folder */
	void *names;              /* of all members so far, a tree of tsearch(3) */
	size_t count, names_size;
	int64_t size, limit; /* of all members so far; what it may be */
};

/* Reads from the descriptor, which must be at its beginning. */
enum status archive_begin(struct archive_reader *reader, const struct cli *cli, const char *path,
			  int fd);
/* The next member; NULL at the end and when *status is an error. What could
 * harm is refused: names that lead out, links and devices in the place of
 * images, hard links, names that are there twice. */
struct archive_entry *archive_next(struct archive_reader *reader, enum status *status);
void archive_end(struct archive_reader *reader);

/* "PATH: NAME: what libarchive says" */
enum status archive_complain(const struct archive_reader *reader, struct archive_entry *entry,
			     struct archive *at_fault);

/* Holds no message and takes long to read: memory, contents of file systems. */
bool archive_is_raw(const char *image);

/* Does the content begin like an archive? When not, errno is 0, or why that cannot be read. */
bool archive_is(int fd);

/* The images of an archive in a directory of their own; its descriptor, or -1.
 * Of those that rules can change, or raw ones too for a command that reads
 * them, the ones that match a pattern; patterns end with NULL, and NULL is all.
 * The directory goes when the program ends, however it ends. */
int archive_unpack(struct cli *cli, const char *path, int fd, const char *const *patterns);
/* The archive whose images were unpacked, at its beginning, whatever has its name meanwhile: a
 * descriptor that archive_forget() closes, or -1 with errno set. */
int archive_from(const struct cli *cli);
/* Ends the directories of all archives. */
void archive_forget(struct cli *cli);

/* How many bytes may be unpacked to where fd is: what --limit-archive says, or
 * else `most`, but no more than half of what is free there. */
int64_t archive_limit(const struct cli *cli, int fd, int64_t most);

/* Writes the content of the member, an image, to the file. *sum is that of all
 * images so far, which may not exceed the limit. */
enum status archive_save(struct archive_reader *reader, struct archive_entry *entry, int fd,
			 int64_t *sum, int64_t limit);

/* The name of the image in such a path. */
const char *archive_image_name(const char *path);

/* Opens a file that is to be read as an image, or "ARCHIVE:IMAGE", unless there
 * is a file of that name: the image is unpacked into a file without a name then.
 * The descriptor, or -1 after a complaint. */
int archive_open_image(struct cli *cli, const char *path);
/* What is wrong with it as an image: what the library said, unless it is an
 * archive as a whole. */
enum status archive_complain_image(const struct cli *cli, const char *path, int fd);

/* Does it end as the name of an archive that can be written? */
bool archive_is_name(const char *path);

/* Writes the archive of cli->operands[0] anew, with the images that rules have
 * changed. */
enum status archive_rewrite(struct cli *cli, const char *new_path);

#endif
