/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command, called again and again in one process: in a directory of its own
 * with a checkpoint, an archive, rules and the like, of which the input replaces
 * one file. What it prints goes to memory.
 */
#ifndef CRW_FUZZ_COMMAND_H
#define CRW_FUZZ_COMMAND_H

#include <dirent.h>
#include <limits.h>

#define main command_main
int command_main(int argc, char **argv);
#include "../../cli/main.c"
#undef main

#include "../unit/fakeroot.h"
#include "fuzz.h"

#define COMMAND_WORDS_MAX 16

/* The process that removes what was unpacked takes most of the time; command_clear() does
 * its work. */
pid_t fork(void)
{
	return INT_MAX;
}

static int command_root = -1;

static void command_end(void)
{
	fakeroot_remove();
}

static void command_begin(void)
{
	char tmp[80];

	command_root = fakeroot_make();
	atexit(command_end);
	fakeroot_put(command_root, "dump/", "");
	fakeroot_put(command_root, "tmp/", "");
	snprintf(tmp, sizeof(tmp), "%s/tmp", fakeroot_path);
	setenv("TMPDIR", tmp, 1);
	unsetenv("CRIU_REWRITE_CONF");
}

/* What was printed may not drive a terminal. */
static void command_judge(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i], next = (unsigned char)text[i + 1];

		fuzz_never((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f);
		fuzz_never(c == 0xc2 && next >= 0x80 && next < 0xa0);
	}
}

static void command_remove(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (list && (entry = readdir(list))) {
		if (entry->d_name[0] == '.')
			continue;
		if (unlinkat(fd, entry->d_name, 0) < 0)
			command_remove(fd, entry->d_name);
	}
	if (list)
		closedir(list);
	unlinkat(at, path, AT_REMOVEDIR);
}

/* What a command has made. */
static void command_clear(void)
{
	command_remove(command_root, "out");
	command_remove(command_root, "tmp");
	mkdirat(command_root, "tmp", 0700);
	unlinkat(command_root, "out.tar", 0);
	unlinkat(command_root, "out.tar.gz", 0);
	unlinkat(command_root, "out.img", 0);
}

/* Runs "plan --rules @/rules @/dump"; "@/" stands for the directory, "%" for a word. */
static void command_run(const char *line, const char *word)
{
	char *argv[COMMAND_WORDS_MAX + 1] = { strdup("criu-rewrite") }, *texts[2];
	char *copy = strdup(line), *rest = copy, *at;
	FILE *usual[] = { stdout, stderr };
	size_t sizes[2];
	int argc = 1;
	enum status status;

	while ((at = strsep(&rest, " ")) && argc < COMMAND_WORDS_MAX) {
		if (asprintf(&argv[argc++], "%s%s", *at == '@' ? fakeroot_path : "",
			     *at == '@'           ? at + 1 :
			     strcmp(at, "%") == 0 ? word :
						    at) < 0)
			exit(2);
	}
	stdout = open_memstream(&texts[0], &sizes[0]);
	stderr = open_memstream(&texts[1], &sizes[1]);
	fuzz_never(!stdout || !stderr);
	status = dispatch(argc, argv);
	fclose(stdout);
	fclose(stderr);
	stdout = usual[0];
	stderr = usual[1];
	fuzz_never(fcntl(STDOUT_FILENO, F_GETFD) < 0 || fcntl(STDERR_FILENO, F_GETFD) < 0);
	fuzz_never(status > STATUS_CHANGES);
	/* As JSON an error may stand in what is printed. */
	fuzz_never((status == STATUS_ERROR || status == STATUS_USAGE) && !sizes[0] && !sizes[1]);
	command_judge(texts[0], sizes[0]);
	command_judge(texts[1], sizes[1]);
	for (int i = 0; i < 2; i++)
		free(texts[i]);
	while (argc)
		free(argv[--argc]);
	free(copy);
	command_clear();
}

/* The checkpoint that there is when an input comes, as `encode` takes it. */
static const struct {
	const char *file, *json;
} command_images[] = {
	{ "inventory.img", "{\"magic\":\"INVENTORY\",\"entries\":[{\"img_version\":2,"
			   "\"root_cg_set\":1}]}" },
	{ "cgroup.img", "{\"magic\":\"CGROUP\",\"entries\":[{\"sets\":[{\"id\":1,\"ctls\":["
			"{\"name\":\"cpuset\",\"path\":\"/ct\"}]}],\"controllers\":[{\"cnames\":["
			"\"cpuset\"],\"dirs\":[{\"dir_name\":\"ct\",\"properties\":[{\"name\":"
			"\"cpuset.cpus\",\"value\":\"0-3\"}]}]}]}]}" },
	{ "pstree.img", "{\"magic\":\"PSTREE\",\"entries\":[{\"pid\":7,\"ppid\":0,\"pgid\":7,"
			"\"sid\":7,\"threads\":[7]}]}" },
	{ "core-7.img",
	  "{\"magic\":\"CORE\",\"entries\":[{\"mtype\":\"UNKNOWN\",\"tc\":{\"task_state\":1,"
	  "\"exit_code\":0,\"personality\":0,\"flags\":0,\"blk_sigset\":0,\"comm\":\"a\","
	  "\"cg_set\":1},\"thread_core\":{\"futex_rla\":0,\"futex_rla_len\":0}}]}" },
	{ "files.img",
	  "{\"magic\":\"FILES\",\"entries\":[{\"type\":\"REG\",\"id\":1,\"reg\":{\"id\":1,"
	  "\"flags\":0,\"pos\":0,\"fown\":{\"uid\":0,\"euid\":0,\"signum\":0,\"pid_type\":0,"
	  "\"pid\":0},\"name\":\"/a\"}},{\"type\":\"INETSK\",\"id\":2,\"isk\":{\"id\":2,\"ino\":9,"
	  "\"family\":2,\"type\":1,\"proto\":6,\"state\":10,\"src_port\":80,\"dst_port\":0,\"flags\":0,"
	  "\"backlog\":1,\"src_addr\":[83886090],\"dst_addr\":[0],\"fown\":{\"uid\":0,\"euid\":0,"
	  "\"signum\":0,\"pid_type\":0,\"pid\":0},\"opts\":{\"so_sndbuf\":1,\"so_rcvbuf\":1,"
	  "\"so_snd_tmo_sec\":0,\"so_snd_tmo_usec\":0,\"so_rcv_tmo_sec\":0,\"so_rcv_tmo_usec\":0}}}]}" },
	{ "fdinfo-2.img", "{\"magic\":\"FDINFO\",\"entries\":[{\"id\":1,\"flags\":0,\"type\":"
			  "\"REG\",\"fd\":0}]}" },
	{ "ids-7.img", "{\"magic\":\"IDS\",\"entries\":[{\"vm_id\":1,\"files_id\":2,\"fs_id\":1,"
		       "\"sighand_id\":1}]}" },
	{ "mm-7.img",
	  "{\"magic\":\"MM\",\"entries\":[{\"mm_start_code\":0,\"mm_end_code\":0,"
	  "\"mm_start_data\":0,\"mm_end_data\":0,\"mm_start_stack\":0,\"mm_start_brk\":0,"
	  "\"mm_brk\":0,\"mm_arg_start\":0,\"mm_arg_end\":0,\"mm_env_start\":0,"
	  "\"mm_env_end\":0,\"exe_file_id\":1,\"vmas\":[{\"start\":4096,\"end\":8192,"
	  "\"pgoff\":0,\"shmid\":1,\"prot\":5,\"flags\":2,\"status\":1,\"fd\":0}]}]}" },
	{ "utsns-9.img",
	  "{\"magic\":\"UTSNS\",\"entries\":[{\"nodename\":\"a\",\"domainname\":\"\"}]}" },
	{ "netdev-10.img", "{\"magic\":\"NETDEV\",\"entries\":[{\"type\":\"VETH\",\"ifindex\":2,"
			   "\"mtu\":1500,\"flags\":1,\"name\":\"eth0\"}]}" },
	{ "mountpoints-11.img",
	  "{\"magic\":\"MNTS\",\"entries\":[{\"fstype\":2,\"mnt_id\":5,\"root_dev\":3,"
	  "\"parent_mnt_id\":4,\"flags\":0,\"root\":\"/a\",\"mountpoint\":\"./a\",\"source\":\"proc\","
	  "\"options\":\"\"}]}" },
	{ "pagemap-7.img", "{\"magic\":\"PAGEMAP\",\"entries\":[{\"pages_id\":1},{\"vaddr\":4096,"
			   "\"nr_pages\":1,\"flags\":4}]}" },
};

#define COMMAND_IMAGES (sizeof(command_images) / sizeof(command_images[0]))

static int command_take(void *arg, const void *data, size_t size)
{
	buffer_append(arg, span_of(data, size));
	return 0;
}

/* The i-th of them. */
static void command_image(size_t i, struct buffer *out)
{
	struct crw *crw = crw_new();
	int fd = fuzz_file(command_images[i].json, strlen(command_images[i].json));

	if (!crw || crw_encode(crw, fd, command_take, out) < 0) {
		fprintf(stderr, "%s: %s\n", command_images[i].file, crw ? crw_error(crw) : "");
		exit(2);
	}
	close(fd);
	crw_free(crw);
}

#endif
