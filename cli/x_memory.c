/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite x mems and rss: what each task has mapped, and the pages of it. */
#include <stdint.h>

#include "explore.h"

#define PAGE_SHIFT 12

/* Bits of vma_entry.status, .flags and .prot. */
enum {
	VMA_REGULAR = 1 << 0, VMA_STACK = 1 << 1, VMA_VSYSCALL = 1 << 2, VMA_VDSO = 1 << 3,
	VMA_FILE_PRIVATE = 1 << 6, VMA_FILE_SHARED = 1 << 7, VMA_ANON_SHARED = 1 << 8,
	VMA_SYSVIPC = 1 << 10, VMA_SOCKET = 1 << 11,
	VMA_FILE = VMA_FILE_PRIVATE | VMA_FILE_SHARED,
	MAP_GROWS_DOWN = 0x100,
};

/* ---- mems ----------------------------------------------------------------- */

/* Shared mappings are numbered in the order in which they are met. */
static uint64_t shared_number(struct explorer *x, uint64_t id)
{
	uint64_t number = id_map_get(&x->shared, id);

	if (number)
		return number;
	if (!id_map_set(&x->shared, id, x->shared.count + 1))
		x->status = complain("out of memory");
	return x->shared.count;
}

static void print_file(const char *vma, uint64_t status, const char *file)
{
	uint64_t offset = object_number(vma, "pgoff");

	putchar(' ');
	print_text(file);
	if (offset)
		printf(" + 0x%llx", (unsigned long long)offset);
	if (status & VMA_FILE_SHARED)
		fputs(" (s)", stdout);
}

static const struct {
	unsigned status;
	const char *name;
	bool numbered;
} mapping_names[] = {
	{ VMA_SYSVIPC, "ips", true },
	{ VMA_ANON_SHARED, "shmem", true },
	{ VMA_SOCKET, "packet", true },
	{ VMA_FILE, NULL, false },
	{ VMA_STACK, "stack", false },
	{ VMA_VSYSCALL, "vsyscall", false },
	{ VMA_VDSO, "vdso", false },
};

#define MAPPING_NAMES (sizeof(mapping_names) / sizeof(mapping_names[0]))

/* MAPPING_NAMES: it has none. */
static size_t find_name(uint64_t status)
{
	size_t i = 0;

	while (i < MAPPING_NAMES && !(status & mapping_names[i].status))
		i++;
	return i;
}

static void print_name(struct explorer *x, const char *vma, size_t name)
{
	if (name == MAPPING_NAMES)
		fputs(object_number(vma, "flags") & MAP_GROWS_DOWN ? " [stack?]" : "", stdout);
	else if (mapping_names[name].numbered)
		printf(" %s[%llx]", mapping_names[name].name,
		       (unsigned long long)shared_number(x, object_number(vma, "shmid")));
	else
		printf(" [%s]", mapping_names[name].name);
}

static int print_mapping(void *arg, const char *vma)
{
	struct explorer *x = arg;
	uint64_t status = object_number(vma, "status"), prot = object_number(vma, "prot");
	size_t name = find_name(status);
	bool of_file = name < MAPPING_NAMES && !mapping_names[name].name;
	const char *file = NULL;
	char range[40];

	if (of_file)
		file = explore_turn_name(x, NAME_REGULAR, object_number(vma, "shmid"));
	if (of_file ? !file : !explore_turn(x))
		return explore_is_over(x);
	snprintf(range, sizeof(range), "%08llx-%08llx",
		 (unsigned long long)object_number(vma, "start"),
		 (unsigned long long)object_number(vma, "end"));
	printf("\t%-36s%c%c%c", range, prot & 1 ? 'r' : '-', prot & 2 ? 'w' : '-',
	       prot & 4 ? 'x' : '-');
	if (file)
		print_file(vma, status, file);
	else
		print_name(x, vma, name);
	puts(status & VMA_REGULAR ? "" : " *");
	return 0;
}

static void print_program(struct explorer *x, uint64_t id)
{
	const char *name = explore_turn_name(x, NAME_REGULAR, id);

	if (!name)
		return;
	printf("\t%-36s    ", "exe");
	print_text(name);
	putchar('\n');
}

void explore_mems(struct explorer *x, const struct task *task)
{
	uint64_t program;

	if (explore_turn(x))
		printf("%u\n", task->pid);
	if (!explore_number(x, "mm", task->pid, "exe_file_id", &program))
		return;
	print_program(x, program);
	if (!explore_is_over(x))
		explore_each(x, "mm", task->pid, "vmas", print_mapping, x);
}

/* ---- rss ------------------------------------------------------------------ */

static int take_mapping(void *arg, const char *vma)
{
	struct explorer *x = arg;
	struct mapping *mappings = explore_grow(x, x->mappings, x->mapping_count, &x->mapping_room,
						sizeof(*mappings));

	if (!mappings)
		return 1;
	x->mappings = mappings;
	mappings[x->mapping_count++] = (struct mapping){
		.start = object_number(vma, "start"), .end = object_number(vma, "end"),
		.file = object_number(vma, "shmid"),
		.is_file = object_number(vma, "status") & VMA_FILE,
	};
	return 0;
}

/* Where one is among the mappings. */
struct place {
	struct explorer *x;
	size_t at, shown; /* shown: the mapping that was printed last */
	bool headed; /* behind the head of the image */
};

/* What is printed when its turn comes. */
static void print_piece(struct explorer *x, const char *text)
{
	if (explore_turn(x))
		fputs(text, stdout);
}

/* One name is missing: those of all mappings from there on will be. */
static void ask_for_names(struct explorer *x, size_t at)
{
	for (; at < x->mapping_count && !explore_is_over(x); at++) {
		if (x->mappings[at].is_file)
			explore_turn_name(x, NAME_REGULAR, x->mappings[at].file);
	}
}

static void print_vma(struct explorer *x, const struct mapping *m)
{
	const char *file = m->is_file ? explore_turn_name(x, NAME_REGULAR, m->file) : "";

	if (!file || (!m->is_file && !explore_turn(x)))
		return;
	printf(" %08llx / %-8llu%s", (unsigned long long)m->start,
	       (unsigned long long)(m->end - m->start) >> PAGE_SHIFT, m->is_file ? " " : "");
	print_text(file);
}

static void print_place(struct place *p)
{
	if (p->at == p->shown)
		print_piece(p->x, " ~");
	else
		print_vma(p->x, &p->x->mappings[p->at]);
	p->shown = p->at;
	if (explore_turn(p->x))
		printf("\n\t%23s", "");
}

static void print_range(struct explorer *x, uint64_t start, uint64_t count)
{
	char range[48];

	if (!explore_turn(x))
		return;
	snprintf(range, sizeof(range), "\t%llx / %-8llu", (unsigned long long)start,
		 (unsigned long long)count);
	printf("%-24s", range);
}

static int print_pages(void *arg, const char *pages)
{
	struct place *p = arg;
	uint64_t start = object_number(pages, "vaddr"), count = object_number(pages, "nr_pages");
	uint64_t end = start + (count << PAGE_SHIFT);
	const struct mapping *m = p->x->mappings;
	size_t mappings = p->x->mapping_count;

	if (!p->headed) {
		p->headed = true;
		return 0;
	}
	print_range(p->x, start, count);
	while (p->at < mappings && m[p->at].end <= start)
		p->at++;
	for (; p->at < mappings && m[p->at].start < end && !p->x->waiting; p->at++)
		print_place(p);
	if (p->x->waiting)
		ask_for_names(p->x, p->at);
	p->at -= p->at > 0;
	print_piece(p->x, "\n");
	return p->x->waiting || explore_is_over(p->x);
}

void explore_rss(struct explorer *x, const struct task *task)
{
	struct place place = { .x = x, .shown = SIZE_MAX };

	x->mapping_count = 0;
	if (explore_turn(x))
		printf("%u\n", task->pid);
	explore_each(x, "mm", task->pid, "vmas", take_mapping, x);
	if (x->waiting)
		ask_for_names(x, 0);
	else
		explore_each(x, "pagemap", task->pid, "entries", print_pages, &place);
}
