/*
 * span: views, the bounded reader, the bounded writer.
 *
 * Numbers are put together octet by octet: no cast of foreign bytes to a
 * struct, no alignment, no byte swapping in place.
 *
 * All takers go through reader_take, all putters through writer_bytes: there
 * are two places in the program where a bound of foreign bytes is compared,
 * and they are next to each other here.
 */
#include <string.h>

#include "waymark/span.h"

struct span
span_of(const void *p, size_t n)
{
	return (struct span){.p = p, .n = n};
}

struct span
span_text(const char *text)
{
	return span_of(text, strlen(text));
}

bool
span_equal(struct span a, struct span b)
{
	/* memcmp must not see the NULL of an empty view. */
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int
span_compare(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (order != 0)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

struct reader
reader_of(struct span s)
{
	/* NULL + 0 is not C: an empty view may have no address. */
	return (struct reader){
		.p = s.p,
		.end = s.n == 0 ? s.p : s.p + s.n,
	};
}

size_t
reader_left(const struct reader *r)
{
	return r->p == r->end ? 0 : (size_t)(r->end - r->p);
}

/* Numbers are put together without a loop: compilers know these forms, and make
 * one load and one store of each. */

static uint16_t
be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | p[3];
}

static uint16_t
le16(const uint8_t *p)
{
	return (uint16_t)(p[1] << 8 | p[0]);
}

static uint32_t
le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
		(uint32_t)p[1] << 8 | p[0];
}

/* The one comparison of what is wanted with what is left.  `n` is compared as
 * a count, never added to a pointer first: that could wrap. */
bool
reader_take(struct reader *r, size_t n, struct span *out)
{
	if (reader_left(r) < n)
		return false;
	*out = span_of(r->p, n);
	if (n > 0)
		r->p += n;
	return true;
}

bool
reader_u8(struct reader *r, uint8_t *out)
{
	struct span s;

	if (!reader_take(r, 1, &s))
		return false;
	*out = s.p[0];
	return true;
}

bool
reader_be16(struct reader *r, uint16_t *out)
{
	struct span s;

	if (!reader_take(r, 2, &s))
		return false;
	*out = be16(s.p);
	return true;
}

bool
reader_be32(struct reader *r, uint32_t *out)
{
	struct span s;

	if (!reader_take(r, 4, &s))
		return false;
	*out = be32(s.p);
	return true;
}

bool
reader_be64(struct reader *r, uint64_t *out)
{
	struct span s;

	if (!reader_take(r, 8, &s))
		return false;
	*out = (uint64_t)be32(s.p) << 32 | be32(s.p + 4);
	return true;
}

bool
reader_le16(struct reader *r, uint16_t *out)
{
	struct span s;

	if (!reader_take(r, 2, &s))
		return false;
	*out = le16(s.p);
	return true;
}

bool
reader_le32(struct reader *r, uint32_t *out)
{
	struct span s;

	if (!reader_take(r, 4, &s))
		return false;
	*out = le32(s.p);
	return true;
}

bool
reader_le64(struct reader *r, uint64_t *out)
{
	struct span s;

	if (!reader_take(r, 8, &s))
		return false;
	*out = (uint64_t)le32(s.p + 4) << 32 | le32(s.p);
	return true;
}

bool
reader_copy(struct reader *r, void *to, size_t n)
{
	struct span s;

	if (!reader_take(r, n, &s))
		return false;
	if (n > 0)
		memcpy(to, s.p, n);
	return true;
}

struct writer
writer_of(void *p, size_t cap)
{
	return (struct writer){.p = p, .n = 0, .cap = cap, .over = false};
}

/* The one comparison of what is put with the room that is left. */
void
writer_bytes(struct writer *w, const void *p, size_t n)
{
	/* Once full, always full: a later shorter piece must not slip in. */
	if (w->over || w->cap - w->n < n) {
		w->over = true;
		return;
	}
	if (n > 0)
		memcpy(w->p + w->n, p, n);
	w->n += n;
}

void
writer_u8(struct writer *w, uint8_t v)
{
	writer_bytes(w, &v, 1);
}

void
writer_be16(struct writer *w, uint16_t v)
{
	const uint8_t b[2] = {(uint8_t)(v >> 8), (uint8_t)v};

	writer_bytes(w, b, 2);
}

void
writer_be32(struct writer *w, uint32_t v)
{
	const uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16),
		(uint8_t)(v >> 8), (uint8_t)v};

	writer_bytes(w, b, 4);
}

void
writer_be64(struct writer *w, uint64_t v)
{
	const uint8_t b[8] = {(uint8_t)(v >> 56), (uint8_t)(v >> 48),
		(uint8_t)(v >> 40), (uint8_t)(v >> 32), (uint8_t)(v >> 24),
		(uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

	writer_bytes(w, b, 8);
}

void
writer_le16(struct writer *w, uint16_t v)
{
	const uint8_t b[2] = {(uint8_t)v, (uint8_t)(v >> 8)};

	writer_bytes(w, b, 2);
}

void
writer_le32(struct writer *w, uint32_t v)
{
	const uint8_t b[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
		(uint8_t)(v >> 24)};

	writer_bytes(w, b, 4);
}

void
writer_le64(struct writer *w, uint64_t v)
{
	const uint8_t b[8] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
		(uint8_t)(v >> 24), (uint8_t)(v >> 32), (uint8_t)(v >> 40),
		(uint8_t)(v >> 48), (uint8_t)(v >> 56)};

	writer_bytes(w, b, 8);
}

struct span
writer_span(const struct writer *w)
{
	return span_of(w->p, w->n);
}
