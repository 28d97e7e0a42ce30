/*
 * arena: memory by lifetime.  Many pieces, freed together.
 *
 *	chunk [ used .... | free ]  ->  chunk [ full ]  ->  ...
 *
 * An arena belongs to one thread at a time.
 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

struct arena;
struct chunk;

/* A new arena that grows by chunks of at least `chunk` octets, or NULL. */
struct arena *arena_new(size_t chunk);

/* Memory for `n` octets, aligned for any type, not cleared; NULL out of
 * memory.  Lives until arena_reset or arena_free. */
void *arena_get(struct arena *a, size_t n);

/* The same for `count` pieces of `size`, NULL also on overflow; cleared. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* A copy of `n` octets, or of a text of `n` octets with a NUL behind. */
void *arena_copy(struct arena *a, const void *p, size_t n);
char *arena_text(struct arena *a, const char *p, size_t n);

/* Where an arena stands. */
struct arena_mark {
	struct chunk *current, *behind;
	size_t n;
};

/* Remember where the arena stands; forget all pieces since then.  A mark holds
 * until the arena is reset, or rewound to an earlier one. */
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);

/* Forget all pieces; keep one chunk for the next use. */
void arena_reset(struct arena *a);

/* Octets that the arena holds from the system. */
size_t arena_size(const struct arena *a);

/* Free everything.  NULL is fine. */
void arena_free(struct arena *a);

#endif
