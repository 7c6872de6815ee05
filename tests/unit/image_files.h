/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images in a directory, written down in the language's notation; file names may be any. */
#ifndef CRW_IMAGE_FILES_H
#define CRW_IMAGE_FILES_H

#include "fakeroot.h"
#include "golden_world.h"

/* What sockets have to have. */
#define IMAGE_FOWN " fown { uid=0 euid=0 signum=0 pid_type=0 pid=0 }"
#define IMAGE_OPTS(more)                                                                           \
	" opts { so_sndbuf=1 so_rcvbuf=1 so_snd_tmo_sec=0 so_snd_tmo_usec=0 so_rcv_tmo_sec=0 "     \
	"so_rcv_tmo_usec=0" more " }"

/* Puts the image into a fake root, below `folder`. */
static inline void image_file_put(int dir, const char *folder, const char *file, const char *text)
{
	struct golden_world w = { .image_count = 0 };
	char path[200];
	int fd;

	world_add_image(&w, span_text(file), span_text(text), span_of(NULL, 0));
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	fakeroot_put(dir, path, "");
	fd = openat(dir, path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0 || w.wrong.size || !w.image_count ||
	    write(fd, w.images[0].bytes.data, w.images[0].bytes.size) !=
		    (ssize_t)w.images[0].bytes.size) {
		printf("Bail out! %s: %.*s\n", path, (int)w.wrong.size, (char *)w.wrong.data);
		exit(1);
	}
	close(fd);
	world_free(&w);
}

static inline int image_files_open(int dir, const char *folder)
{
	return openat(dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

#endif
