/*
 * vec: how an array of any type grows.
 *
 * The address of the caller's typed pointer comes in as void **, which C does
 * not let us read through: it is copied octet-wise instead.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/vec.h"

enum {
	FIRST_COUNT = 8
};

bool
vec_reserve(void **at, size_t *cap, size_t need, size_t size)
{
	size_t count = *cap < FIRST_COUNT ? FIRST_COUNT : *cap;
	size_t octets;
	void *p;

	if (need <= *cap)
		return true;
	/* Doubling must not overflow where `need` itself does not. */
	if (count <= SIZE_MAX / 2 && *cap >= FIRST_COUNT)
		count *= 2;
	if (count < need)
		count = need;
	if (__builtin_mul_overflow(count, size, &octets))
		return false;
	memcpy(&p, at, sizeof(p));
	p = realloc(p, octets);
	if (p == NULL)
		return false;
	memcpy(at, &p, sizeof(p));
	*cap = count;
	return true;
}

void
vec_release(void **at)
{
	void *p;

	memcpy(&p, at, sizeof(p));
	free(p);
	p = NULL;
	memcpy(at, &p, sizeof(p));
}
