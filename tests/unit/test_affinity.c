/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The CPUs of threads: recorded at the dump of one host, wanted on another. */
#include "../../plugin/affinity.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../../plugin/cgroup/capture.h"
#include "../../plugin/hostfile.h"
#include "affinity_host.h"
#include "test.h"

#define CAPTURE "when stage == \"dump\" { core_entry capture affinity }"

static void test_capture(void)
{
	struct crw *crw = fakehost_run("core_entry capture affinity", "restore");

	is_text(crw_error(crw),
		"x.rules:1:1: core-7.img: entry 0: capture is for the dump: when stage "
		"== \"dump\" { core_entry capture affinity }",
		"not at the restore");
	crw_free(crw);
	crw = fakehost_run(CAPTURE, "dump");
	is_text(fakehost_lines(crw),
		"rewrite-affinity.img: 8 (none) -> 3 (x.rules:1)\n"
		"rewrite-affinity.img: 9 (none) -> 0-1 (x.rules:1)\n",
		"threads with less than their group has, and nobody else's");
	write_image(AFFINITY_FILE, &crw->affinity_captured);
	crw_free(crw);
}

static void wanted(const char *rules, const char *lines, const char *want)
{
	struct crw *crw = fakehost_run(rules, "restore");
	struct affinity *list;
	char text[200] = "";
	struct arena arena = { 0 };
	size_t count, n = 0;

	is_text(fakehost_lines(crw), lines, rules);
	ok(affinity_keep(crw, &arena, &list, &count) == 0, "kept");
	for (size_t i = 0; i < count && n < sizeof(text) - 40; i++)
		n += (size_t)snprintf(text + n, 40, "%u:%s ", list[i].thread, list[i].cpus);
	is_text(text, want, "by thread");
	arena_free(&arena);
	crw_free(crw);
}

static void test_restore(void)
{
	wanted("core_entry affinity",
	       "core-8.img: affinity 3 -> 3 (x.rules:1)\n"
	       "core-9.img: affinity 0-1 -> 0-1 (x.rules:1)\n",
	       "7: 8:3 9:0-1 10: ");
	fakeroot_put(root, "sys/devices/system/cpu/online", "0-1\n");
	wanted("core_entry affinity",
	       "core-8.img: affinity 3 -> (all of its group) (x.rules:1): this host has none of them\n"
	       "core-9.img: affinity 0-1 -> 0-1 (x.rules:1)\n",
	       "7: 8: 9:0-1 10: ");
	wanted("core_entry affinity by rank",
	       "core-8.img: affinity 3 -> 1 (x.rules:1): by rank\n"
	       "core-9.img: affinity 0-1 -> 0-1 (x.rules:1)\n",
	       "7: 8:1 9:0-1 10: ");
	unlinkat(images, AFFINITY_FILE, 0);
	wanted("core_entry affinity", "", "7: 8: 9: 10: ");
}

static void test_arguments(void)
{
	struct crw *crw = crw_new();

	ok(crw_add_rules_text(crw, "x", "core_entry affinity by size", 27) < 0,
	   "by rank or nothing");
	ok(crw_add_rules_text(crw, "x", "core_entry capture", 18) < 0, "capture of what?");
	crw_free(crw);
}

static void no_note(void *ctx, const char *text)
{
	++*(int *)ctx;
}

static void *stay(void *begun)
{
	*(volatile pid_t *)begun = (pid_t)syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

/* A task whose first thread has ended, with a second one. */
static pid_t start_headless(volatile pid_t *second)
{
	pid_t pid = fork();
	pthread_t thread;

	if (pid == 0) {
		pthread_create(&thread, NULL, stay, (void *)(uintptr_t)second);
		syscall(SYS_exit, 0);
	}
	return pid;
}

static bool is_zombie(pid_t pid)
{
	struct buffer text = { 0 };
	struct error err;
	char path[40];
	bool is;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	is = hostfile_read(AT_FDCWD, path, HOSTFILE_MAX, &text, &err) > 0 &&
	     strstr((const char *)text.data, "\nState:\tZ");
	buffer_free(&text);
	return is;
}

static void test_ended(void)
{
	volatile pid_t *second = mmap(NULL, sizeof(*second), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t first = start_headless(second);
	struct affinity a = { .cpus = "" };
	int notes = 0;

	while (!*second || !is_zombie(first))
		usleep(1000);
	a.thread = (unsigned)first;
	is_number(affinity_set(first, &a, 1, no_note, &notes), 0,
		  "a thread that has ended has no CPUs");
	a.thread = (unsigned)*second;
	is_number(affinity_set(first, &a, 1, no_note, &notes), 1, "the others of its task have");
	is_number(notes, 0, "of which nothing is said");
	kill(first, SIGKILL);
	waitpid(first, NULL, 0);
}

/* The threads of this process itself. */
static void test_set(void)
{
	char cpu[20];
	struct affinity a = { .thread = (unsigned)getpid(), .cpus = cpu };
	cpu_set_t before, now;
	int notes = 0, first = 0;

	is_number(affinity_thread("x\nNSpid:\t300\t7\ny\n"), 7, "the innermost number");
	is_number(affinity_thread("x\ny\n"), 0, "or none");
	if (sched_getaffinity(0, sizeof(before), &before) < 0) {
		skip("masks of this process", "more CPUs than a cpu_set_t has");
		return;
	}
	while (!CPU_ISSET(first, &before))
		first++;
	snprintf(cpu, sizeof(cpu), "%d,8000", first);
	affinity_set(getpid(), &a, 1, no_note, &notes);
	sched_getaffinity(0, sizeof(now), &now);
	ok(CPU_COUNT(&now) == 1 && CPU_ISSET(first, &now) && notes == 0, "what there is of them");
	a.cpus = "8000-8100";
	affinity_set(getpid(), &a, 1, no_note, &notes);
	sched_getaffinity(0, sizeof(now), &now);
	ok(CPU_COUNT(&now) >= CPU_COUNT(&before) && notes == 1,
	   "all, with a line, if there is none");
	a.cpus = cpu;
	a.thread++;
	affinity_set(getpid(), &a, 1, no_note, &notes);
	sched_getaffinity(0, sizeof(now), &now);
	ok(CPU_COUNT(&now) >= CPU_COUNT(&before), "other threads are left alone");
	sched_setaffinity(0, sizeof(before), &before);
}

int main(void)
{
	fakehost_begin();
	source();
	test_capture();
	test_restore();
	test_arguments();
	test_set();
	test_ended();
	fakehost_end();
	return test_end();
}
