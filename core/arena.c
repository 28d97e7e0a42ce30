/*
 * arena: a list of chunks; the first one is filled, the others are full.
 *
 *	arena -> chunk (current) -> chunk -> chunk -> NULL
 *
 * A piece that would waste much of a chunk gets one of its own behind the
 * current one.  There is no freeing of single pieces, on purpose.
 */
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

struct chunk {
	struct chunk *next;
	size_t cap;
	size_t n;
	max_align_t data[];
};

struct arena {
	struct chunk *chunks; /* NULL until first used */
	size_t chunk;
	size_t size;
};

struct arena *
arena_new(size_t chunk)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a != NULL)
		a->chunk = chunk > 0 ? chunk : 1;
	return a;
}

/* A chunk of exactly `cap` octets, counted but not linked yet. */
static struct chunk *
chunk_new(struct arena *a, size_t cap)
{
	struct chunk *c;

	if (cap > SIZE_MAX - sizeof(*c))
		return NULL;
	c = malloc(sizeof(*c) + cap);
	if (c == NULL)
		return NULL;
	c->next = NULL;
	c->cap = cap;
	c->n = 0;
	a->size += sizeof(*c) + cap;
	return c;
}

/* A piece from a chunk of its own or a fresh current one. */
static void *
get_from_new(struct arena *a, size_t n)
{
	/* What is left of the current chunk is worth more than a quarter. */
	bool own = a->chunks != NULL && n > a->chunk / 4;
	struct chunk *c = chunk_new(a, own || n > a->chunk ? n : a->chunk);

	if (c == NULL)
		return NULL;
	c->n = n;
	if (own) {
		c->next = a->chunks->next;
		a->chunks->next = c;
	} else {
		c->next = a->chunks;
		a->chunks = c;
	}
	return c->data;
}

/* A piece from the current chunk where it fits, else from a new one.  `align`
 * is a power of two; a text needs none, and texts are most of what is kept. */
static void *
get(struct arena *a, size_t n, size_t align)
{
	struct chunk *c = a->chunks;
	size_t at;

	if (c != NULL) {
		at = (c->n + align - 1) & ~(align - 1);
		if (at <= c->cap && n <= c->cap - at) {
			c->n = at + n;
			return (char *)c->data + at;
		}
	}
	return get_from_new(a, n);
}

void *
arena_get(struct arena *a, size_t n)
{
	return get(a, n, alignof(max_align_t));
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	size_t n;
	void *p;

	if (__builtin_mul_overflow(count, size, &n))
		return NULL;
	p = arena_get(a, n);
	if (p != NULL)
		memset(p, 0, n);
	return p;
}

void *
arena_copy(struct arena *a, const void *p, size_t n)
{
	void *copy = arena_get(a, n);

	if (copy != NULL && n > 0)
		memcpy(copy, p, n);
	return copy;
}

char *
arena_text(struct arena *a, const char *p, size_t n)
{
	char *copy;

	if (n == SIZE_MAX)
		return NULL;
	copy = get(a, n + 1, 1);
	if (copy == NULL)
		return NULL;
	if (n > 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

/* Free a list of chunks up to `end`, and take them off the arena's size. */
static void
chunks_free(struct arena *a, struct chunk *c, const struct chunk *end)
{
	while (c != end) {
		struct chunk *next = c->next;

		a->size -= sizeof(*c) + c->cap;
		free(c);
		c = next;
	}
}

struct arena_mark
arena_mark(const struct arena *a)
{
	struct chunk *c = a->chunks;

	if (c == NULL)
		return (struct arena_mark){0};
	return (struct arena_mark){c, c->next, c->n};
}

/* What came later stands in front of the chunk that was current then, or, with
 * a chunk of its own, right behind it. */
void
arena_rewind(struct arena *a, struct arena_mark mark)
{
	chunks_free(a, a->chunks, mark.current);
	a->chunks = mark.current;
	if (mark.current == NULL)
		return;
	chunks_free(a, mark.current->next, mark.behind);
	mark.current->next = mark.behind;
	mark.current->n = mark.n;
}

void
arena_reset(struct arena *a)
{
	if (a->chunks == NULL)
		return;
	/* The current one stays: it is of the usual size, if any is. */
	chunks_free(a, a->chunks->next, NULL);
	a->chunks->next = NULL;
	a->chunks->n = 0;
}

size_t
arena_size(const struct arena *a)
{
	return sizeof(*a) + a->size;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	chunks_free(a, a->chunks, NULL);
	free(a);
}
