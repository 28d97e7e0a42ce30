/*
 * bytes: what a cache sends, put together octet by octet, for the tests of our
 * router: nothing here is shared with the server.
 */
#ifndef TESTS_RTRCTL_BYTES_H
#define TESTS_RTRCTL_BYTES_H

#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>

#include "waymark/span.h"

enum {
	BYTES = 4096
};

struct bytes {
	uint8_t p[BYTES];
	size_t n;
};

static inline void
put(struct bytes *b, uint64_t v, size_t n)
{
	cr_assert_leq(b->n + n, BYTES);
	for (size_t i = n; i-- > 0;)
		b->p[b->n++] = (uint8_t)(v >> 8 * i);
}

static inline struct span
all(const struct bytes *b)
{
	return span_of(b->p, b->n);
}

/* A header: version, type, octets 2 and 3, length. */
static inline void
head(struct bytes *b, unsigned version, unsigned type, unsigned field,
	uint32_t length)
{
	put(b, version, 1);
	put(b, type, 1);
	put(b, field, 2);
	put(b, length, 4);
}

static inline void
notify(struct bytes *b, unsigned version, unsigned session, uint32_t serial)
{
	head(b, version, 0, session, 12);
	put(b, serial, 4);
}

static inline void
response(struct bytes *b, unsigned version, unsigned session)
{
	head(b, version, 3, session, 8);
}

/* 10.`net`.0.0/16-24 of AS `asn`. */
static inline void
prefix(struct bytes *b, unsigned version, bool announce, unsigned net,
	uint32_t asn)
{
	head(b, version, 4, 0, 20);
	put(b, announce, 1);
	put(b, 16, 1);
	put(b, 24, 1);
	put(b, 0, 1);
	put(b, 10u << 24 | net << 16, 4);
	put(b, asn, 4);
}

/* 2001:db8:`net`::/48-48 of AS `asn`. */
static inline void
prefix6(struct bytes *b, unsigned version, bool announce, unsigned net,
	uint32_t asn)
{
	head(b, version, 6, 0, 32);
	put(b, announce, 1);
	put(b, 48, 1);
	put(b, 48, 1);
	put(b, 0, 1);
	put(b, 0x20010db8, 4);
	put(b, (uint64_t)net << 48, 8);
	put(b, 0, 4);
	put(b, asn, 4);
}

/* A key of `n` octets, each `fill`. */
static inline void
key(struct bytes *b, unsigned version, bool announce, unsigned fill, size_t n)
{
	head(b, version, 9, announce ? 0x100 : 0, (uint32_t)(32 + n));
	for (int i = 0; i < 20; i++)
		put(b, fill, 1);
	put(b, 64496, 4);
	for (size_t i = 0; i < n; i++)
		put(b, fill, 1);
}

/* Providers as arguments, `n` of them. */
static inline void
aspa(struct bytes *b, bool announce, uint32_t customer, int n, ...)
{
	va_list args;

	head(b, 2, 11, announce ? 0x100 : 0, (uint32_t)(12 + 4 * n));
	put(b, customer, 4);
	va_start(args, n);
	for (int i = 0; i < n; i++)
		put(b, va_arg(args, unsigned), 4);
	va_end(args);
}

static inline void
end(struct bytes *b, unsigned version, unsigned session, uint32_t serial)
{
	head(b, version, 7, session, version == 0 ? 12 : 24);
	put(b, serial, 4);
	if (version == 0)
		return;
	put(b, 3600, 4);
	put(b, 600, 4);
	put(b, 7200, 4);
}

static inline void
error(struct bytes *b, unsigned version, unsigned code, const char *text)
{
	size_t n = strlen(text);

	head(b, version, 10, code, (uint32_t)(16 + n));
	put(b, 0, 4);
	put(b, n, 4);
	for (size_t i = 0; i < n; i++)
		put(b, (uint8_t)text[i], 1);
}

#endif
