/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command as a whole, with each of its files in turn from a stranger. The input: the
 * number of the command line, that of the file, and its content.
 */
#define FUZZ_ROUNDS 500 /* each writes some thirty files */
#define FUZZ_CUT_MAX 1
#include "command.h"

static const char *const lines[] = {
	"check @/rules",
	"check --json --conf @/conf",
	"plan --rules @/rules @/dump",
	"plan -v --conf @/conf @/dump",
	"plan --json --facts @/facts --rules @/rules @/dump",
	"plan --fact % --rules @/rules @/dump",
	"explain --rules @/rules @/dump",
	"explain --json --rules @/rules @/dump",
	"apply --rules @/rules -o @/out @/dump",
	"apply --rules @/rules --in-place @/dump",
	"show @/dump",
	"show @/dump/cgroup.img",
	"show --json @/dump/pstree.img",
	"show @/dump/core-7.img",
	"get @/dump %",
	"get -v @/dump cgroup_entry//properties",
	"get --json @/dump core_entry.tc",
	"diff @/dump @/other",
	"diff --json @/other @/dump",
	"facts --facts @/facts",
	"facts --json --facts @/facts",
	"decode -i @/dump/cgroup.img -o @/out.img",
	"decode --pretty --quote-big -i @/dump/pagemap-7.img",
	"encode -i @/json -o @/out.img",
	"info @/dump/core-7.img",
	"oci fit --rules @/rules --force -o @/out.img @/dump/config.json",
	"oci fit --rules @/rules @/dump/config.json",
	"x @/dump ps",
	"x @/dump fds",
	"x @/dump mems",
	"x @/dump rss",
	"x --json @/dump ps",
	"x --json @/dump fds",
	"x --json @/dump mems",
	"x --json @/dump rss",
	"show --cgroups --root @/host @/dump",
	"show --cgroups --json --root @/host @/dump",
	"doctor --root @/host --rules @/rules @/dump",
	"doctor --json --root @/host --rules @/verbs @/dump",
	"plan --root @/host --rules @/verbs @/dump",
	"apply --rules @/verbs -o @/out @/dump",
	"%",
};

#define LINES (sizeof(lines) / sizeof(lines[0]))

static const struct {
	const char *path, *text;
} files[] = {
	{ "word", "host.cpus=0-1" },
	{ "rules", "let here = intersect(host.cpus, 0-1)\nrule \"r\" {\n\tcgroup_entry fit\n"
		   "\tcgroup_entry//properties[name =~ \"cpus$\"] set value=here\n}\n"
		   "core_entry.tc set exit_code=1\ncore_entry get\nmanage-cgroups soft\n" },
	{ "verbs", "address 10.0.0.5 to 10.7.0.9\naddress fd00::5 to fd07::9\nport 80 to 8080 tcp\n"
		   "hostname \"b\"\npath \"/a\" to \"/b\"\nrelax file \"/v*\"\nnetdev eth0 to e1\n"
		   "close established\noption tcp-close\noption external \"mnt[a]:/b\"\n"
		   "option inherit-fd \"a\" \"/dev/null\"\noption cgroup-root \"cpuset:/a\"\n"
		   "cgroup_entry fit\n" },
	{ "conf", "rules rules\non-error continue\nlog-level debug\n" },
	{ "facts", "{\"facts\": {\"host.cpus\": \"0-1\", \"host.mems\": \"0\", "
		   "\"host.virtual\": true, \"host.memory\": 5, \"host.kernel\": null}}" },
	{ "json", "{\"magic\": \"PAGEMAP\", \"entries\": [{\"pages_id\": 1}, "
		  "{\"vaddr\": 4096, \"nr_pages\": 1, \"flags\": 4}]}" },
	{ "host/proc/self/cgroup", "5:cpuset:/\n0::/\n" },
	{ "host/proc/self/mountinfo",
	  "31 30 0:26 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
	  "32 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n" },
	{ "host/proc/meminfo", "MemTotal: 2048 kB\nMemAvailable: 1024 kB\n" },
	{ "host/proc/cpuinfo", "processor: 0\nflags: fpu sse\n" },
	{ "host/proc/net/tcp", "  sl  local_address rem_address   st\n"
			       "   0: 0100007F:0050 00000000:0000 0A 0:0 0:0 0 0 0 5 1 0\n" },
	{ "host/proc/sys/kernel/pid_max", "4194304\n" },
	{ "host/sys/fs/cgroup/cpuset/ct/cpuset.cpus", "0-1\n" },
	{ "host/sys/fs/cgroup/cpuset/ct/cgroup.procs", "1\n2\n" },
	{ "dump/config.json",
	  "{\"ociVersion\":\"1.0.2\",\"linux\":{\"cgroupsPath\":\"/a\",\"resources\":{"
	  "\"cpu\":{\"cpus\":\"0-3\",\"mems\":\"0-1\"}}}}" },
};

#define FILES (sizeof(files) / sizeof(files[0]))

/* What stands in the i-th file: a text, or an image of the checkpoint. */
static void content_of(size_t i, struct buffer *out)
{
	if (i < FILES)
		buffer_text(out, files[i].text);
	else
		command_image(i - FILES, out);
}

static const char *path_of(size_t i, char path[40])
{
	snprintf(path, 40, "dump/%s", i < FILES ? "" : command_images[i - FILES].file);
	return i < FILES ? files[i].path : path;
}

static struct buffer usual[FILES + COMMAND_IMAGES];

static void forget(void)
{
	for (size_t i = 0; i < FILES + COMMAND_IMAGES; i++)
		buffer_free(&usual[i]);
}

static void begin(void)
{
	char path[40];

	command_begin();
	atexit(forget);
	fakeroot_put(command_root, "other/", "");
	for (size_t i = 0; i < FILES; i++)
		fakeroot_put(command_root, files[i].path, "");
	for (size_t i = 0; i < FILES + COMMAND_IMAGES; i++) {
		content_of(i, &usual[i]);
		fuzz_put(command_root, path_of(i, path), buffer_span(&usual[i]));
	}
	fuzz_put(command_root, "other/cgroup.img", buffer_span(&usual[FILES + 1]));
	fuzz_put(command_root, "other/pstree.img", buffer_span(&usual[FILES + 2]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[40], *word;
	size_t file;

	if (command_root < 0)
		begin();
	if (size < 2)
		return 0;
	file = data[1] % (FILES + COMMAND_IMAGES);
	word = strndup((const char *)data + 2, size - 2);
	fuzz_never(!word);
	/* An option could name a file of this machine, and one command runs criu. */
	if (word[0] == '-' || strcmp(word, "restore") == 0)
		word[0] = '.';
	fuzz_put(command_root, path_of(file, path), span_of(data + 2, size - 2));
	command_run(lines[data[0] % LINES], word);
	free(word);
	/* A command may have replaced any of them. */
	for (size_t i = 0; i < FILES + COMMAND_IMAGES; i++)
		fuzz_put(command_root, path_of(i, path), buffer_span(&usual[i]));
	return 0;
}

bool fuzz_seed(size_t index, struct buffer *seed)
{
	size_t line = index / (FILES + COMMAND_IMAGES), file = index % (FILES + COMMAND_IMAGES);

	if (command_root < 0)
		begin();
	if (line >= LINES)
		return false;
	buffer_byte(seed, (uint8_t)line);
	buffer_byte(seed, (uint8_t)file);
	buffer_append(seed, buffer_span(&usual[file]));
	return true;
}
