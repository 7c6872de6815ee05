/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite x mems and rss: what each task has mapped, and the pages of it. */
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "explore.h"

#define PAGE_SHIFT 12

/* Bits of vma_entry.status, .flags and .prot. */
enum {
	VMA_REGULAR = 1 << 0,
	VMA_STACK = 1 << 1,
	VMA_VSYSCALL = 1 << 2,
	VMA_VDSO = 1 << 3,
	VMA_FILE_PRIVATE = 1 << 6,
	VMA_FILE_SHARED = 1 << 7,
	VMA_ANON_SHARED = 1 << 8,
	VMA_SYSVIPC = 1 << 10,
	VMA_SOCKET = 1 << 11,
	VMA_FILE = VMA_FILE_PRIVATE | VMA_FILE_SHARED,
	MAP_GROWS_DOWN = 0x100,
};

/* ---- mems ----------------------------------------------------------------- */

struct shared {
	uint64_t id, number;
};

static int compare_shared(const void *a, const void *b)
{
	const struct shared *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Shared mappings are numbered in the order in which they are met. */
static uint64_t shared_number(struct explorer *x, uint64_t id)
{
	struct shared *fresh = malloc(sizeof(*fresh)), **there = NULL;

	if (fresh) {
		*fresh = (struct shared){ id, x->shared_count + 1 };
		there = tsearch(fresh, &x->shared, compare_shared);
	}
	if (!there)
		x->status = complain("out of memory");
	if (there && *there == fresh)
		x->shared_count++;
	else
		free(fresh);
	return there ? (*there)->number : 0;
}

static const struct {
	unsigned status;
	const char *name;
	bool numbered;
} mapping_names[] = {
	{ VMA_SYSVIPC, "ips", true },   { VMA_ANON_SHARED, "shmem", true },
	{ VMA_SOCKET, "packet", true }, { VMA_FILE, NULL, false },
	{ VMA_STACK, "stack", false },  { VMA_VSYSCALL, "vsyscall", false },
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

/* "[stack]", of what is no file; "" when it has none. */
static void name_of(struct explorer *x, const struct crw_message *vma, size_t name, char text[64])
{
	if (name == MAPPING_NAMES)
		snprintf(text, 64, "%s",
			 crw_get_number(x->crw, vma, "flags") & MAP_GROWS_DOWN ? "[stack?]" : "");
	else if (mapping_names[name].numbered)
		snprintf(
			text, 64, "%s[%llx]", mapping_names[name].name,
			(unsigned long long)shared_number(x, crw_get_number(x->crw, vma, "shmid")));
	else
		snprintf(text, 64, "[%s]", mapping_names[name].name);
}

static void print_name(struct explorer *x, const struct crw_message *vma, size_t name)
{
	char text[64];

	name_of(x, vma, name, text);
	printf("%s%s", *text ? " " : "", text);
}

static void print_file(struct explorer *x, const struct crw_message *vma, uint64_t status)
{
	uint64_t offset = crw_get_number(x->crw, vma, "pgoff");

	putchar(' ');
	explore_name(x, NAME_REGULAR, crw_get_number(x->crw, vma, "shmid"));
	if (offset)
		printf(" + 0x%llx", (unsigned long long)offset);
	if (status & VMA_FILE_SHARED)
		fputs(" (s)", stdout);
}

static void print_mapping(struct explorer *x, const struct crw_message *vma)
{
	uint64_t status = crw_get_number(x->crw, vma, "status");
	uint64_t prot = crw_get_number(x->crw, vma, "prot");
	size_t name = find_name(status);
	char range[40];

	snprintf(range, sizeof(range), "%08llx-%08llx",
		 (unsigned long long)crw_get_number(x->crw, vma, "start"),
		 (unsigned long long)crw_get_number(x->crw, vma, "end"));
	printf("\t%-36s%c%c%c", range, prot & 1 ? 'r' : '-', prot & 2 ? 'w' : '-',
	       prot & 4 ? 'x' : '-');
	if (name < MAPPING_NAMES && !mapping_names[name].name)
		print_file(x, vma, status);
	else
		print_name(x, vma, name);
	puts(status & VMA_REGULAR ? "" : " *");
}

static json_t *mapping_as_json(struct explorer *x, const struct crw_message *vma)
{
	uint64_t status = crw_get_number(x->crw, vma, "status");
	uint64_t prot = crw_get_number(x->crw, vma, "prot");
	size_t name = find_name(status);
	bool is_file = name < MAPPING_NAMES && !mapping_names[name].name;
	char rights[] = "---", text[64] = "";

	for (size_t i = 0; i < 3; i++)
		rights[i] = prot & (1u << i) ? "rwx"[i] : '-';
	if (!is_file)
		name_of(x, vma, name, text);
	return json_pack(
		"{s:o, s:o, s:s, s:o, s:o, s:b, s:b}", "start",
		explore_hex_json(crw_get_number(x->crw, vma, "start")), "end",
		explore_hex_json(crw_get_number(x->crw, vma, "end")), "rights", rights, "name",
		is_file ? explore_name_json(x, NAME_REGULAR, crw_get_number(x->crw, vma, "shmid")) :
			  json_foreign(*text ? text : NULL),
		"offset", explore_hex_json(crw_get_number(x->crw, vma, "pgoff")), "shared",
		(status & (VMA_FILE_SHARED | VMA_ANON_SHARED)) != 0, "regular",
		(status & VMA_REGULAR) != 0);
}

static void mems_as_json(struct explorer *x, const struct task *task, const struct crw_message *mm)
{
	json_t *list = json_array(), *exe = json_null();
	struct crw_value vma = { .rest = NULL };

	if (mm)
		exe = explore_name_json(x, NAME_REGULAR, crw_get_number(x->crw, mm, "exe_file_id"));
	while (mm && !ferror(stdout) && crw_get_next(x->crw, mm, "vmas", &vma) > 0)
		explore_add(x, list, mapping_as_json(x, &vma.message));
	explore_print(x, json_pack("{s:I, s:o, s:o}", "pid", (json_int_t)task->pid, "exe", exe,
				   "mappings", list));
}

static void print_mems(struct explorer *x, const struct crw_message *mm)
{
	struct crw_value vma = { .rest = NULL };

	printf("\t%-36s    ", "exe");
	explore_name(x, NAME_REGULAR, crw_get_number(x->crw, mm, "exe_file_id"));
	putchar('\n');
	while (!ferror(stdout) && crw_get_next(x->crw, mm, "vmas", &vma) > 0)
		print_mapping(x, &vma.message);
}

void explore_mems(struct explorer *x, const struct task *task)
{
	struct crw_message mm;
	struct explored image;
	bool found = explore_first(x, "mm", task->pid, &image, &mm);

	if (x->json) {
		mems_as_json(x, task, found ? &mm : NULL);
	} else {
		printf("%u\n", task->pid);
		if (found)
			print_mems(x, &mm);
	}
	explore_close(&image);
}

/* ---- rss ------------------------------------------------------------------ */

/* A mapping, and where the next is. */
struct place {
	struct crw_value vma;
	uint64_t start, end;
	bool is_there; /* else the mappings are over */
};

struct pages {
	struct explorer *x;
	const struct crw_message *mm; /* NULL: there are no mappings */
	struct place at, before;      /* before: the one in front of it */
	const void *shown;            /* the mapping that was printed last */
	json_t *list, *mappings;      /* NULL: they are printed as text */
};

static void next_place(struct pages *p)
{
	struct place *at = &p->at;

	p->before = *at;
	at->is_there = p->mm && crw_get_next(p->x->crw, p->mm, "vmas", &at->vma) > 0;
	if (at->is_there) {
		at->start = crw_get_number(p->x->crw, &at->vma.message, "start");
		at->end = crw_get_number(p->x->crw, &at->vma.message, "end");
	}
}

static bool is_file(struct explorer *x, const struct crw_message *vma)
{
	return crw_get_number(x->crw, vma, "status") & VMA_FILE;
}

static void print_vma(struct explorer *x, const struct place *place)
{
	const struct crw_message *vma = &place->vma.message;

	printf(" %08llx / %-8llu", (unsigned long long)place->start,
	       (unsigned long long)(place->end - place->start) >> PAGE_SHIFT);
	if (is_file(x, vma)) {
		putchar(' ');
		explore_name(x, NAME_REGULAR, crw_get_number(x->crw, vma, "shmid"));
	}
}

static void add_place(struct pages *p)
{
	const struct crw_message *vma = &p->at.vma.message;
	json_t *name = is_file(p->x, vma) ?
			       explore_name_json(p->x, NAME_REGULAR,
						 crw_get_number(p->x->crw, vma, "shmid")) :
			       json_null();

	explore_add(p->x, p->mappings,
		    json_pack("{s:o, s:I, s:o}", "start", explore_hex_json(p->at.start), "pages",
			      (json_int_t)((p->at.end - p->at.start) >> PAGE_SHIFT), "name", name));
}

static void print_place(struct pages *p)
{
	const void *vma = p->at.vma.message.data;

	if (vma == p->shown)
		fputs(" ~", stdout);
	else
		print_vma(p->x, &p->at);
	p->shown = vma;
	printf("\n\t%23s", "");
}

static void print_range(struct pages *p, uint64_t start, uint64_t count)
{
	char range[48];

	if (p->list) {
		p->mappings = json_array();
		explore_add(p->x, p->list,
			    json_pack("{s:o, s:I, s:o}", "start", explore_hex_json(start), "pages",
				      (json_int_t)count, "mappings", p->mappings));
		return;
	}
	snprintf(range, sizeof(range), "\t%llx / %-8llu", (unsigned long long)start,
		 (unsigned long long)count);
	printf("%-24s", range);
}

static void print_pages(struct pages *p, uint64_t start, uint64_t count)
{
	uint64_t end = start + (count << PAGE_SHIFT);

	print_range(p, start, count);
	while (p->at.is_there && p->at.end <= start)
		next_place(p);
	for (; p->at.is_there && p->at.start < end && !ferror(stdout); next_place(p)) {
		if (p->list)
			add_place(p);
		else
			print_place(p);
	}
	if (p->before.is_there)
		p->at = p->before;
	if (!p->list)
		putchar('\n');
}

void explore_rss(struct explorer *x, const struct task *task)
{
	struct explored image, pagemap;
	struct crw_message mm, entry;
	struct pages pages = { .x = x, .list = x->json ? json_array() : NULL };

	if (!x->json)
		printf("%u\n", task->pid);
	if (explore_first(x, "mm", task->pid, &image, &mm))
		pages.mm = &mm;
	next_place(&pages);
	explore_open(x, &pagemap, "pagemap-%u.img", task->pid);
	while (explore_next(&pagemap, &entry)) {
		if (strcmp(entry.name, "pagemap_entry") == 0)
			print_pages(&pages, crw_get_number(x->crw, &entry, "vaddr"),
				    crw_get_number(x->crw, &entry, "nr_pages"));
	}
	explore_close(&pagemap);
	explore_close(&image);
	if (x->json)
		explore_print(x, json_pack("{s:I, s:o}", "pid", (json_int_t)task->pid, "ranges",
					   pages.list));
}
