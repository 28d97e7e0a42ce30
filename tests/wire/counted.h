/*
 * counted: allocations counted, for the tests that promise how much a client
 * or a change may cost.
 *
 * It takes the place of malloc, calloc and realloc in the whole program, so it
 * is included by one source of a test.  The sanitizers have allocators of their
 * own: there COUNTED is 0, and nothing is counted.
 */
#ifndef WIRE_COUNTED_H
#define WIRE_COUNTED_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTED 0
#endif
#endif
#ifndef COUNTED
#define COUNTED 1
#endif

struct counted {
	bool on;
	size_t calls, octets, largest;
};

#if COUNTED

/* The C library's own: `n` octets, or `n` times `size`, or NULL; as malloc,
 * calloc and realloc. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

/* An allocator has no context: what it counts is a variable of the file. */
static struct counted counted;

static inline void
counted_note(size_t n)
{
	if (!counted.on)
		return;
	counted.calls++;
	counted.octets += n;
	counted.largest = n > counted.largest ? n : counted.largest;
}

void *
malloc(size_t n)
{
	counted_note(n);
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	counted_note(n * size);
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	counted_note(n);
	return __libc_realloc(p, n);
}

static inline void
counted_begin(void)
{
	counted = (struct counted){.on = true};
}

static inline struct counted
counted_end(void)
{
	counted.on = false;
	return counted;
}

#endif
#endif
