/*
 * vec: an array that grows, of any one type.
 *
 *	VEC(struct vrp) vrps = {0};
 *	if (!VEC_PUSH(&vrps, v)) return ERR_NOMEM;
 *	... vrps.at[i], vrps.n ...
 *	VEC_FREE(&vrps);
 */
#ifndef CORE_VEC_H
#define CORE_VEC_H

#include <stdbool.h>
#include <stddef.h>

#define VEC(type) \
	struct { \
		type *at; \
		size_t n; \
		size_t cap; \
	}

/* Append one; false out of memory, with nothing changed. */
#define VEC_PUSH(v, item) \
	(vec_reserve( \
		 (void **)&(v)->at, &(v)->cap, (v)->n + 1, sizeof(*(v)->at)) \
			? ((v)->at[(v)->n++] = (item), true) \
			: false)

/* Room for `count` in all; false out of memory. */
#define VEC_RESERVE(v, count) \
	vec_reserve((void **)&(v)->at, &(v)->cap, (count), sizeof(*(v)->at))

/* Free the array and begin anew. */
#define VEC_FREE(v) (vec_release((void **)&(v)->at), (v)->n = 0, (v)->cap = 0)

/* Grow `*at` to hold `need` items of `size`, at least doubling.  False out of
 * memory or on overflow, with nothing changed. */
bool vec_reserve(void **at, size_t *cap, size_t need, size_t size);

/* Free `*at` and set it to NULL. */
void vec_release(void **at);

#endif
