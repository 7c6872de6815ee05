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

/* ---- mappings -------------------------------------------------------------- */

/* Fields of a vma_entry, in front those that tell where it is. */
enum {
	START,
	END,
	STATUS,
	SHARED,
	PLACE_NUMBERS,
	OFFSET = PLACE_NUMBERS,
	PROT,
	FLAGS,
	MAPPING_NUMBERS,
};

struct mapping {
	uint64_t n[MAPPING_NUMBERS];
};

/* The next one of a task, with so many of its numbers; *vma is all zero at the beginning. */
static bool next_mapping(struct explorer *x, const struct crw_message *mm, struct crw_value *vma,
			 size_t count, struct mapping *mapping)
{
	static const char *const names[] = {
		[START] = "start", [END] = "end",     [OFFSET] = "pgoff",  [SHARED] = "shmid",
		[PROT] = "prot",   [FLAGS] = "flags", [STATUS] = "status",
	};

	return crw_get_next(x->crw, mm, "vmas", vma) > 0 &&
	       crw_get_numbers(x->crw, &vma->message, names, count, mapping->n) == 0;
}

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
static void name_of(struct explorer *x, const struct mapping *m, size_t name, char text[64])
{
	if (name == MAPPING_NAMES)
		snprintf(text, 64, "%s", m->n[FLAGS] & MAP_GROWS_DOWN ? "[stack?]" : "");
	else if (mapping_names[name].numbered)
		snprintf(text, 64, "%s[%llx]", mapping_names[name].name,
			 (unsigned long long)shared_number(x, m->n[SHARED]));
	else
		snprintf(text, 64, "[%s]", mapping_names[name].name);
}

static void print_name(struct explorer *x, const struct mapping *m, size_t name)
{
	char text[64];

	name_of(x, m, name, text);
	if (!*text)
		return;
	putchar(' ');
	fputs(text, stdout);
}

#define HEX_MAX 16 /* digits */

/* At least that many digits; returns what is behind them. For printf a line takes three times
 * as long. */
static char *put_hex(char *at, uint64_t number, size_t least)
{
	size_t digits = least;

	while (digits < HEX_MAX && number >> (4 * digits))
		digits++;
	for (size_t i = digits; i-- > 0; number >>= 4)
		at[i] = "0123456789abcdef"[number & 15];
	return at + digits;
}

static void print_file(struct explorer *x, const struct mapping *m)
{
	char offset[HEX_MAX + 1] = "";

	putchar(' ');
	explore_name(x, NAME_REGULAR, m->n[SHARED]);
	if (m->n[OFFSET]) {
		*put_hex(offset, m->n[OFFSET], 1) = '\0';
		fputs(" + 0x", stdout);
		fputs(offset, stdout);
	}
	if (m->n[STATUS] & VMA_FILE_SHARED)
		fputs(" (s)", stdout);
}

static const char *rights_of(const struct mapping *m, char rights[4])
{
	for (size_t i = 0; i < 3; i++)
		rights[i] = m->n[PROT] & (1u << i) ? "rwx"[i] : '-';
	rights[3] = '\0';
	return rights;
}

#define PLACE_WIDTH 36

static void print_mapping(struct explorer *x, const struct mapping *m)
{
	size_t name = find_name(m->n[STATUS]);
	char place[1 + PLACE_WIDTH], rights[4], *end;

	memset(place, ' ', sizeof(place));
	place[0] = '\t';
	end = put_hex(place + 1, m->n[START], 8);
	*end = '-';
	put_hex(end + 1, m->n[END], 8);
	fwrite(place, 1, sizeof(place), stdout);
	fputs(rights_of(m, rights), stdout);
	if (name < MAPPING_NAMES && !mapping_names[name].name)
		print_file(x, m);
	else
		print_name(x, m, name);
	puts(m->n[STATUS] & VMA_REGULAR ? "" : " *");
}

static json_t *mapping_as_json(struct explorer *x, const struct mapping *m)
{
	uint64_t status = m->n[STATUS];
	size_t name = find_name(status);
	bool is_file = name < MAPPING_NAMES && !mapping_names[name].name;
	char rights[4], text[64] = "";

	if (!is_file)
		name_of(x, m, name, text);
	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:b, s:b}", "start",
			 explore_hex_json(m->n[START]), "end", explore_hex_json(m->n[END]),
			 "rights", rights_of(m, rights), "name",
			 is_file ? explore_name_json(x, NAME_REGULAR, m->n[SHARED]) :
				   json_foreign(*text ? text : NULL),
			 "offset", explore_hex_json(m->n[OFFSET]), "shared",
			 (status & (VMA_FILE_SHARED | VMA_ANON_SHARED)) != 0, "regular",
			 (status & VMA_REGULAR) != 0);
}

static void mems_as_json(struct explorer *x, const struct task *task, const struct crw_message *mm)
{
	json_t *list = json_array(), *exe = json_null();
	struct crw_value vma = { .rest = NULL };
	struct mapping m;

	if (mm)
		exe = explore_name_json(x, NAME_REGULAR, crw_get_number(x->crw, mm, "exe_file_id"));
	while (mm && !ferror(stdout) && next_mapping(x, mm, &vma, MAPPING_NUMBERS, &m))
		explore_add(x, list, mapping_as_json(x, &m));
	explore_print(x, json_pack("{s:I, s:o, s:o}", "pid", (json_int_t)task->pid, "exe", exe,
				   "mappings", list));
}

static void print_mems(struct explorer *x, const struct crw_message *mm)
{
	struct crw_value vma = { .rest = NULL };
	struct mapping m;

	printf("\t%-*s    ", PLACE_WIDTH, "exe");
	explore_name(x, NAME_REGULAR, crw_get_number(x->crw, mm, "exe_file_id"));
	putchar('\n');
	while (!ferror(stdout) && next_mapping(x, mm, &vma, MAPPING_NUMBERS, &m))
		print_mapping(x, &m);
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
	struct mapping mapping;
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
	at->is_there = p->mm && next_mapping(p->x, p->mm, &at->vma, PLACE_NUMBERS, &at->mapping);
}

static void print_vma(struct explorer *x, const struct mapping *m)
{
	printf(" %08llx / %-8llu", (unsigned long long)m->n[START],
	       (unsigned long long)(m->n[END] - m->n[START]) >> PAGE_SHIFT);
	if (m->n[STATUS] & VMA_FILE) {
		putchar(' ');
		explore_name(x, NAME_REGULAR, m->n[SHARED]);
	}
}

static void add_place(struct pages *p)
{
	const uint64_t *n = p->at.mapping.n;
	json_t *name = n[STATUS] & VMA_FILE ? explore_name_json(p->x, NAME_REGULAR, n[SHARED]) :
					      json_null();

	explore_add(p->x, p->mappings,
		    json_pack("{s:o, s:I, s:o}", "start", explore_hex_json(n[START]), "pages",
			      (json_int_t)((n[END] - n[START]) >> PAGE_SHIFT), "name", name));
}

static void print_place(struct pages *p)
{
	const void *vma = p->at.vma.message.data;

	if (vma == p->shown)
		fputs(" ~", stdout);
	else
		print_vma(p->x, &p->at.mapping);
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
	while (p->at.is_there && p->at.mapping.n[END] <= start)
		next_place(p);
	for (; p->at.is_there && p->at.mapping.n[START] < end && !ferror(stdout); next_place(p)) {
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
