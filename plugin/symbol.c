/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <link.h>
#include <stdbool.h>
#include <stdint.h>

#include "symbol.h"

struct search {
	uintptr_t at;
	size_t size;
};

static bool has_address(const struct dl_phdr_info *object, uintptr_t at)
{
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &object->dlpi_phdr[i];

		if (p->p_type == PT_LOAD && at - object->dlpi_addr - p->p_vaddr < p->p_memsz)
			return true;
	}
	return false;
}

static const ElfW(Dyn) * dynamic_of(const struct dl_phdr_info *object)
{
	for (size_t i = 0; i < object->dlpi_phnum; i++)
		if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
			return (const void *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
	return NULL;
}

/* glibc has made addresses of them, musl leaves them as they are in the file. */
static uintptr_t address(const struct dl_phdr_info *object, const ElfW(Dyn) * dynamic,
			 ElfW(Sxword) tag)
{
	while (dynamic->d_tag != DT_NULL && dynamic->d_tag != tag)
		dynamic++;
	if (dynamic->d_tag == DT_NULL)
		return 0;
	return dynamic->d_un.d_ptr +
	       (dynamic->d_un.d_ptr < object->dlpi_addr ? object->dlpi_addr : 0);
}

/* The table does not say how long it is, but the names come behind it. */
static int look(struct dl_phdr_info *object, size_t size, void *arg)
{
	struct search *search = arg;
	const ElfW(Dyn) *dynamic = dynamic_of(object);
	uintptr_t symbol, end;

	if (!dynamic || !has_address(object, search->at))
		return 0;
	symbol = address(object, dynamic, DT_SYMTAB);
	end = address(object, dynamic, DT_STRTAB);
	for (; symbol && symbol + sizeof(ElfW(Sym)) <= end; symbol += sizeof(ElfW(Sym))) {
		const ElfW(Sym) *s = (const void *)symbol;

		if (s->st_shndx != SHN_UNDEF && s->st_size &&
		    s->st_value + object->dlpi_addr == search->at) {
			search->size = s->st_size;
			break;
		}
	}
	return 1;
}

size_t symbol_size(const void *at)
{
	struct search search = { .at = (uintptr_t)at };

	dl_iterate_phdr(look, &search);
	return search.size;
}
