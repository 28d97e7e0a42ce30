/*
 * ccr_back: see the header.
 */
#include "validator/run/ccr_back.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validator/object/der.h"

enum {
	ROOM = 65536, /* to begin with; doubles */
	NUMBER_MAX = 8, /* octets of a number */
	TIME_TEXT = 32,
	SHORT_LENGTH = 0x80, /* lengths below are one octet */
};

static bool
grow(struct back *b, size_t n)
{
	size_t cap = b->cap == 0 ? ROOM : b->cap;
	uint8_t *p;

	while (cap - b->n < n)
		cap *= 2;
	p = malloc(cap);
	if (p == NULL) {
		b->failed = true;
		return false;
	}
	if (b->n > 0)
		memcpy(p + cap - b->n, b->p + b->cap - b->n, b->n);
	free(b->p);
	b->p = p;
	b->cap = cap;
	return true;
}

/* Room for `n` octets in front of all that is there; NULL out of memory. */
static uint8_t *
take(struct back *b, size_t n)
{
	if (b->failed || (b->cap - b->n < n && !grow(b, n)))
		return NULL;
	b->n += n;
	return b->p + b->cap - b->n;
}

void
back_put(struct back *b, const void *octets, size_t n)
{
	uint8_t *p = take(b, n);

	if (p != NULL && n > 0)
		memcpy(p, octets, n);
}

void
back_head(struct back *b, uint8_t tag, size_t mark)
{
	size_t n = b->n - mark, rest = n;
	uint8_t head[2 + sizeof(n)];
	size_t at = sizeof(head);

	if (n < SHORT_LENGTH) {
		head[--at] = (uint8_t)n;
	} else {
		for (; rest > 0; rest >>= 8)
			head[--at] = (uint8_t)rest;
		rest = sizeof(head) - at;
		head[--at] = (uint8_t)(SHORT_LENGTH | rest);
	}
	head[--at] = tag;
	back_put(b, head + at, sizeof(head) - at);
}

void
back_value(struct back *b, uint8_t tag, const void *octets, size_t n)
{
	size_t mark = b->n;

	back_put(b, octets, n);
	back_head(b, tag, mark);
}

void
back_natural(struct back *b, const uint8_t *octets, size_t n)
{
	size_t mark = b->n;

	while (n > 1 && octets[0] == 0) {
		octets++;
		n--;
	}
	back_put(b, octets, n);
	if ((octets[0] & 0x80) != 0) /* it would be negative */
		back_put(b, "", 1);
	back_head(b, DER_INTEGER, mark);
}

void
back_number(struct back *b, uint64_t v)
{
	uint8_t octets[NUMBER_MAX];
	struct writer w = writer_of(octets, sizeof(octets));

	writer_be64(&w, v);
	back_natural(b, octets, sizeof(v));
}

/* A year of five digits has no form. */
void
back_time(struct back *b, struct wall at)
{
	struct civil c;
	char text[TIME_TEXT];
	int n;

	if (wall_to_civil(at, &c) != 0)
		(void)wall_to_civil((struct wall){0}, &c);
	n = snprintf(text, sizeof(text), "%04d%02d%02d%02d%02d%02dZ", c.year,
		c.month, c.day, c.hour, c.minute, c.second);
	back_value(b, DER_GENERALIZED_TIME, text, (size_t)n);
}

/* RFC 5754 section 2: parameters should be absent. */
void
back_sha256(struct back *b)
{
	struct span oid = oid_octets(OID_SHA256);
	size_t mark = b->n;

	back_value(b, DER_OID, oid.p, oid.n);
	back_head(b, DER_SEQUENCE, mark);
}

/* Memory moves while it grows; the distance from the end stays. */
size_t
back_leave_hash(struct back *b)
{
	static const uint8_t none[HASH_SIZE];

	back_value(b, DER_OCTET_STRING, none, sizeof(none));
	return b->n - 2;
}

void
back_end_list(struct back *b, struct crypto *c, size_t mark, size_t hash)
{
	back_head(b, DER_SEQUENCE, mark);
	if (!b->failed)
		crypto_sha256(c, span_of(b->p + b->cap - b->n, b->n - mark),
			b->p + b->cap - hash);
}

void
back_end_state(
	struct back *b, enum ccr_state state, size_t hash, struct ccr_made *out)
{
	size_t mark = hash - HASH_SIZE;

	back_head(b, DER_SEQUENCE, mark);
	back_head(b, DER_CONSTRUCTED(1 + state), mark);
	if (b->failed)
		return;
	memcpy(out->hashes[state], b->p + b->cap - hash, HASH_SIZE);
	out->has[state] = true;
}
