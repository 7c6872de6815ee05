/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers by id, at 32 to 64 bytes each. */
#ifndef CRW_ID_MAP_H
#define CRW_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_slot {
	uint64_t id, value; /* value 0: free */
};

struct id_map {
	struct id_slot *slots; /* size of them, a power of two */
	size_t size, count;
};

/* 0: it has none. */
uint64_t id_map_get(const struct id_map *map, uint64_t id);
/* The value is not 0. False: there is no memory. */
bool id_map_set(struct id_map *map, uint64_t id, uint64_t value);
void id_map_free(struct id_map *map);

#endif
