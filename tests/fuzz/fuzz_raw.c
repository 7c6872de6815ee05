/* SPDX-License-Identifier: GPL-2.0-only */
/* Raw images: what can be read comes back byte for byte, from its entries and from its JSON. */
#define FUZZ_ROUNDS 4000 /* each goes by three ways */
#include "../../plugin/criu-rewrite.h"
#include "../unit/raw_samples.h"
#include "fuzz.h"

static int take(void *arg, const void *data, size_t size)
{
	buffer_append(arg, span_of(data, size));
	return 0;
}

static void by_entries(const char *file, struct span bytes)
{
	struct content entries, again = { .size = 0 };
	struct error err;

	if (raw_sample_open(file, bytes, &entries, &err)) {
		/* What is longer than `ip` takes may be looked at. */
		int status = raw_collapse(kind_of_file(file, NULL), entries.bytes, &again, &err);

		fuzz_never(status < 0 && bytes.size <= 16384);
		fuzz_never(status == 0 && !span_equal(again.bytes, bytes));
	}
	content_free(&again);
	content_free(&entries);
}

static void by_json(struct crw *crw, const char *file, struct span bytes, unsigned flags)
{
	struct buffer text = { 0 }, again = { 0 };
	int image = fuzz_file(bytes.data, bytes.size), json;

	crw_image_named(crw, file);
	if (crw_decode(crw, image, flags, take, &text) == 0) {
		json = fuzz_file(text.data, text.size);
		if (crw_encode(crw, json, take, &again) == 0)
			fuzz_never(!span_equal(buffer_span(&again), bytes));
		else
			fuzz_never(bytes.size <= 16384);
		close(json);
	}
	close(image);
	buffer_free(&text);
	buffer_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *file = size ? raw_samples[data[0] % RAW_SAMPLES].file : NULL;
	struct crw *crw;

	if (!file)
		return 0;
	crw = crw_new();
	fuzz_never(!crw);
	by_entries(file, span_of(data + 1, size - 1));
	by_json(crw, file, span_of(data + 1, size - 1), 0);
	by_json(crw, file, span_of(data + 1, size - 1), CRW_JSON_PRETTY);
	crw_free(crw);
	return 0;
}

bool fuzz_seed(size_t index, struct buffer *seed)
{
	if (index >= RAW_SAMPLES)
		return false;
	buffer_byte(seed, (uint8_t)index);
	raw_sample_bytes(&raw_samples[index], seed);
	return true;
}
