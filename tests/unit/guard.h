/*
 * guard: memory whose end lies against a page that nobody may touch.
 *
 *	| ......... input | no access |
 *	                  ^ one octet too far ends the test
 *
 * For tests of everything that reads foreign bytes:
 *
 *	struct guard g = guard_new(max);
 *	for (size_t n = 0; n <= max; n++)
 *		parse(guard_span(&g, span_of(bytes, n)));
 *	guard_free(&g);
 */
#ifndef TESTS_GUARD_H
#define TESTS_GUARD_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "waymark/span.h"

struct guard {
	uint8_t *map;
	size_t room; /* whole pages before the guard page */
	size_t page;
};

/* Room for inputs of up to `max` octets.  Ends the test when there is no
 * memory.  To be freed by guard_free. */
static inline struct guard
guard_new(size_t max)
{
	struct guard g = {.page = (size_t)sysconf(_SC_PAGESIZE)};
	void *map;

	g.room = (max / g.page + 1) * g.page;
	map = mmap(NULL, g.room + g.page, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		abort();
	g.map = map;
	if (mprotect(g.map + g.room, g.page, PROT_NONE) != 0)
		abort();
	return g;
}

/* A copy of `s` that ends where the guard page begins; it lives until the next
 * call.  An empty one points at the guard page itself. */
static inline struct span
guard_span(struct guard *g, struct span s)
{
	uint8_t *p = g->map + g->room - s.n;

	if (s.n > g->room)
		abort();
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return span_of(p, s.n);
}

/* `n` octets to write to, that end where the guard page begins. */
static inline uint8_t *
guard_room(struct guard *g, size_t n)
{
	if (n > g->room)
		abort();
	return g->map + g->room - n;
}

static inline void
guard_free(struct guard *g)
{
	(void)munmap(g->map, g->room + g->page);
	g->map = NULL;
}

#endif
