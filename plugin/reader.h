/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images that are looked at as they are, without rules: what the functions of the
 * public header share. */
#ifndef CRW_READER_H
#define CRW_READER_H

#include "../proto/image.h"
#include "criu-rewrite.h"

struct crw;

/* The image in a file or pipe, of that name or NULL; *content is to be freed in any case. */
int reader_open_image(const char *name, int fd, struct content *content, struct image *image,
		      struct error *err);

/* What crw_image_named() said, once. */
const char *reader_take_name(struct crw *crw);

/* As crw_reader_open_at() of the open checkpoint, but as the last run left the image. */
int reader_open_current(struct crw *crw, const char *name, struct crw_reader **reader);

#endif
