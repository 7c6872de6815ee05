/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON that is to become an image. */
#include "../../plugin/criu-rewrite.h"
#include "golden_seeds.h"

static int take(void *arg, const void *data, size_t size)
{
	buffer_append(arg, span_of(data, size));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct crw *crw = crw_new();
	struct buffer image = { 0 }, text = { 0 };
	int fd = fuzz_file(data, size);

	fuzz_never(!crw);
	if (crw_encode(crw, fd, take, &image) == 0) {
		close(fd);
		fd = fuzz_file(image.data, image.size);
		fuzz_never(crw_decode(crw, fd, 0, take, &text) < 0);
	}
	close(fd);
	crw_free(crw);
	buffer_free(&image);
	buffer_free(&text);
	return 0;
}

bool fuzz_seed(size_t index, struct buffer *seed)
{
	struct golden_world w = { .image_count = 0 };
	struct crw *crw;
	int fd;

	golden_read_all();
	if (index >= golden_count)
		return false;
	golden_set_up(&golden_cases[index], &w);
	if (w.image_count) {
		crw = crw_new();
		fd = fuzz_file(w.images[0].bytes.data, w.images[0].bytes.size);
		if (crw)
			crw_decode(crw, fd, index % 2 ? CRW_JSON_PRETTY : 0, take, seed);
		close(fd);
		crw_free(crw);
	}
	world_free(&w);
	return true;
}
