/* SPDX-License-Identifier: GPL-2.0-only */
/* An OCI spec from a stranger: what was fitted must be JSON, and must fit. */
#define FUZZ_ROUNDS 5000 /* each asks the host */
#include "../../plugin/oci/fit.h"
#include "../unit/case_host.h"
#include "fuzz.h"

static struct crw *crw;

static void forget(void)
{
	crw_free(crw);
	fakeroot_remove();
}

static void make_host(void)
{
	int root = fakeroot_make();

	case_host_put(root, span_text("oci"));
	crw = crw_new();
	fuzz_never(!crw || crw_set_root(crw, root) < 0);
	close(root);
	atexit(forget);
}

static int take(void *ctx, const struct oci_finding *finding, struct error *err)
{
	size_t *count = ctx;

	*count += finding->verdict != OCI_REPORT;
	return 0;
}

/* Fits it; how much there was to change. */
static size_t fit(struct span text, struct buffer *fresh)
{
	struct error err = { .text = "" };
	struct spec spec;
	size_t count = 0;

	if (spec_read(&spec, text, &err) == 0 && oci_fit(crw, &spec, NULL, take, &count, &err) == 0)
		fuzz_never(spec_write(&spec, fresh, &err) < 0);
	spec_free(&spec);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer first = { 0 }, second = { 0 };

	if (!crw)
		make_host();
	if (fit(span_of(data, size), &first) > 0) {
		fuzz_never(fit(buffer_span(&first), &second) > 0);
		fuzz_never(!span_equal(buffer_span(&first), buffer_span(&second)));
	}
	buffer_free(&first);
	buffer_free(&second);
	return 0;
}

static const char *const seeds[] = {
	"{\"ociVersion\":\"1.0.2\",\"process\":{\"selinuxLabel\":\"a\",\"args\":[\"/x\"]},"
	"\"mounts\":[{\"type\":\"bind\",\"source\":\"/a\"}],\"linux\":{\"cgroupsPath\":\"/a/b\","
	"\"resources\":{\"cpu\":{\"cpus\":\"0-3\",\"mems\":\"0,2\",\"shares\":1024}}}}",
	"{ \"linux\" : { \"intelRdt\" : {\"a\":1}, \"resources\": {\n"
	"\"hugepageLimits\": [ {\"pageSize\":\"1GB\", \"limit\":18446744073709551615} ],\n"
	"\"rdma\": { \"mlx5_0\": {}, \"m\": null }, \"memory\":{\"swappiness\":60},\n"
	"\"unified\": { \"io.max\": \"8:0 rbps=1\\n8:9 wbps=2\", \"cpuset.cpus\":\"9\", \"x\":\"\" },\n"
	"\"blockIO\": { \"throttleReadBpsDevice\": [ {\"major\":8,\"minor\":7,\"rate\":1} ] } } } }",
};

bool fuzz_seed(size_t index, struct buffer *seed)
{
	if (index >= sizeof(seeds) / sizeof(seeds[0]))
		return false;
	buffer_text(seed, seeds[index]);
	return true;
}
