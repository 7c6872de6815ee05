/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../proto/image.h"
#include "../../proto/netlink.h"
#include "raw_samples.h"
#include "test.h"

static struct error err;

/* Is the file the same again? -1: it cannot be read. */
static int is_same(const char *file, struct span bytes)
{
	struct content entries, again = { .size = 0 };
	int same = -1;

	if (raw_sample_open(file, bytes, &entries, &err)) {
		same = raw_collapse(kind_of_file(file, NULL), entries.bytes, &again, &err) == 0 &&
		       span_equal(again.bytes, bytes);
	}
	content_free(&again);
	content_free(&entries);
	return same;
}

static void test_samples(void)
{
	for (size_t i = 0; i < RAW_SAMPLES; i++) {
		cleanup_buffer struct buffer bytes = { 0 };

		raw_sample_bytes(&raw_samples[i], &bytes);
		is_number(is_same(raw_samples[i].file, buffer_span(&bytes)), 1,
			  raw_samples[i].file);
	}
}

/* Whatever a byte is, or where the file ends: it is refused, or comes back as it was. */
static void test_broken(const struct raw_sample *sample)
{
	cleanup_buffer struct buffer bytes = { 0 };
	size_t wrong = 0, refused = 0;

	raw_sample_bytes(sample, &bytes);
	for (size_t i = 0; i < bytes.size; i++) {
		bytes.data[i] ^= (uint8_t)(1 << i % 8);
		wrong += is_same(sample->file, buffer_span(&bytes)) == 0;
		bytes.data[i] ^= (uint8_t)(1 << i % 8);
		wrong += is_same(sample->file, span_of(bytes.data, i)) == 0;
		refused += is_same(sample->file, span_of(bytes.data, i)) < 0;
	}
	is_number((long long)wrong, 0, "a wrong bit or a cut is refused or kept");
	ok(refused > 0 || kind_of_file(sample->file, NULL)->raw == RAW_TEXT, "cuts are refused");
}

static void put_number(struct buffer *out, const struct message_type *type, const char *name,
		       uint64_t number)
{
	wire_put_scalar(out, field_number(message_field(type, name, strlen(name))), WIRE_VARINT,
			number);
}

/* What an entry gets that says the least. */
static void test_presets(void)
{
	static const uint8_t want[] = { 44, 0, 0,  0, 24, 0,   0, 0, 0,  0, 0,    0, 0, 0, 0,
					0,  2, 8,  0, 0,  252, 3, 0, 1,  0, 0,    0, 0, 8, 0,
					1,  0, 10, 0, 0,  0,   8, 0, 15, 0, 0xe8, 3, 0, 0 };
	const struct message_type *route = message_find("route_entry", strlen("route_entry"));
	cleanup_buffer struct buffer fields = { 0 }, message = { 0 };

	put_number(&fields, route, "rtm_dst_len", 8);
	put_number(&fields, route, "dst", 10);
	put_number(&fields, route, "table", 1000);
	is_number(netlink_write(route, buffer_span(&fields), &message, &err), 0, "is written");
	ok(span_equal(buffer_span(&message), span_of(want, sizeof(want))), "with its presets");
	put_number(&fields, route, "gateway", 10);
	put_number(&fields, route, "gateway", 10);
	is_number(netlink_write(route, buffer_span(&fields), &message, &err), -1, "two words");
	is_text(err.text, "gateway holds 2 words, but an address has 1 or 4", "are no address");
	buffer_clear(&fields);
	put_number(&fields, route, "rtm_tos", 256);
	is_number(netlink_write(route, buffer_span(&fields), &message, &err), -1, "256 in a byte");
	is_text(err.text, "rtm_tos takes numbers from 0 to 255", "is refused");
}

static size_t count(struct content *entries, const char *file)
{
	struct image_entry entry;
	struct image image;
	size_t n = 0;

	if (image_open(&image, kind_of_file(file, NULL), entries->bytes, &err) < 0)
		return SIZE_MAX;
	while (image_next(&image, &entry, &err) > 0)
		n++;
	return n;
}

static void test_empty(void)
{
	struct content entries, file = { .size = 0 };
	const struct image_kind *route = kind_of_file("route-1.img", NULL);

	ok(raw_sample_open("route-1.img", span_of("\x24\x12\x31\x45", 4), &entries, &err) &&
		   count(&entries, "route-1.img") == 0,
	   "a magic alone has no entries");
	ok(raw_collapse(route, entries.bytes, &file, &err) == 0 && file.size == 4,
	   "no entries leave the magic");
	content_free(&file);
	content_free(&entries);
	ok(!raw_sample_open("route-1.img", span_of(NULL, 0), &entries, &err), "without a magic");
	is_text(err.text, "cut off: the magic takes 4 bytes but only 0 are left", "it is none");
	content_free(&entries);
	ok(!raw_sample_open("rule-1.img", span_of("\x24\x12\x31\x45", 4), &entries, &err),
	   "with another's");
	is_text(err.text, "its magic 0x45311224 is not the one of rule-*.img", "neither");
	content_free(&entries);
	ok(raw_sample_open("netns-ct-1.img", span_of(NULL, 0), &entries, &err) &&
		   count(&entries, "netns-ct-1.img") == 0,
	   "connections have no magic");
	content_free(&entries);
	ok(raw_kind_of_magic(span_of("\x86\x69\x70\x71", 4)) == kind_of_file("rule-1.img", NULL),
	   "a kind by the magic of its file");
}

static void test_kept(void)
{
	static const char *const file = "rule-9.img";
	cleanup_buffer struct buffer bytes = { 0 };
	struct content entries;
	struct image_entry entry;
	struct image image;
	size_t kept = 0;

	for (size_t i = 0; i < RAW_SAMPLES; i++) {
		if (strcmp(raw_samples[i].file, file) == 0)
			raw_sample_bytes(&raw_samples[i], &bytes);
	}
	ok(raw_sample_open(file, buffer_span(&bytes), &entries, &err) &&
		   image_open(&image, kind_of_file(file, NULL), entries.bytes, &err) == 0,
	   "rules");
	while (image_next(&image, &entry, &err) > 0)
		kept += raw_is_kept(image.kind, entry.body) != NULL;
	is_number((long long)kept, 1, "one rule stays");
	content_free(&entries);
}

int main(void)
{
	test_samples();
	for (size_t i = 0; i + 1 < RAW_SAMPLES; i++)
		test_broken(&raw_samples[i]);
	test_presets();
	test_empty();
	test_kept();
	return test_end();
}
