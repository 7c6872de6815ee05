/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "id_map.h"

#define SIZE_MIN 64

/* Mixed with what nobody knows beforehand, so that no image can have all its
 * ids in one place. The numbers are those of splitmix64. */
static uint64_t mix(uint64_t id)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	uint64_t seed = 0;

	if (random)
		memcpy(&seed, random, sizeof(seed));
	id ^= seed;
	id = (id ^ id >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	id = (id ^ id >> 27) * UINT64_C(0x94d049bb133111eb);
	return id ^ id >> 31;
}

/* The slot of the id, or the free one for it. */
static struct id_slot *find(const struct id_map *map, uint64_t id)
{
	size_t at = mix(id) & (map->size - 1);

	while (map->slots[at].value && map->slots[at].id != id)
		at = (at + 1) & (map->size - 1);
	return &map->slots[at];
}

uint64_t id_map_get(const struct id_map *map, uint64_t id)
{
	return map->size ? find(map, id)->value : 0;
}

static bool grow(struct id_map *map)
{
	struct id_map grown = { .size = map->size ? map->size * 2 : SIZE_MIN, .count = map->count };

	grown.slots = calloc(grown.size, sizeof(*grown.slots));
	if (!grown.slots)
		return false;
	for (size_t i = 0; i < map->size; i++) {
		if (map->slots[i].value)
			*find(&grown, map->slots[i].id) = map->slots[i];
	}
	free(map->slots);
	*map = grown;
	return true;
}

bool id_map_set(struct id_map *map, uint64_t id, uint64_t value)
{
	struct id_slot *slot;

	if (map->count >= map->size / 2 && !grow(map))
		return false;
	slot = find(map, id);
	map->count += slot->value == 0;
	*slot = (struct id_slot){ id, value };
	return true;
}

void id_map_free(struct id_map *map)
{
	free(map->slots);
	*map = (struct id_map){ .count = 0 };
}
